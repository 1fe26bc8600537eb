// The live page: tiles, feed and socket put together.

import { cameraNames } from "../alert-view.js";
import { clone, pageData, set, text } from "../dom.js";
import { Feed } from "../feed.js";
import { Grid } from "../grid.js";
import { recall, remember } from "../keep.js";
import { LiveFeed, showLink } from "../live.js";
import { openMenu } from "../menu.js";
import { startPage } from "../page.js";
import { Tile } from "../tile.js";
import { toast } from "../toast.js";

const data = pageData();
const root = document.getElementById("main");
const gridElement = document.getElementById("grid");
const menu = document.getElementById("tile-menu");
const devices = new Map(data.devices.map((device) => [device.id, device]));
const names = cameraNames(data.cameras);
const may = { operate: data.viewer.role !== "viewer", username: data.viewer.username };
const deviceOf = (camera) => devices.get(camera.device_id);

const tileFor = (element, camera) => new Tile(element, { camera, device: deviceOf(camera), may });
const tiles = new Map(data.cameras.map((camera) => [camera.id, tileFor(gridElement.querySelector(`[data-camera="${camera.id}"]`), camera)]));
const grid = gridElement && new Grid(gridElement, [...tiles.values()]);
const feed = new Feed({ root, alerts: data.alerts, nextCursor: data.next_cursor, names });
const live = new LiveFeed(data.cursor);
const title = document.title;
let unseen = 0;
let chosen = null;

// --- the tiles' buttons and their menu

async function fullscreen(element) {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await element.requestFullscreen();
}

async function pictureInPicture({ parts: { video } }) {
  if (document.pictureInPictureElement === video) await document.exitPictureInPicture();
  else await video.requestPictureInPicture();
}

const ACTIONS = {
  start: (tile) => tile.order("start"),
  stop: (tile) => tile.order("stop"),
  auto: (tile) => tile.order("auto"),
  focus: (tile) => grid.useLayout("focus", tile.id),
  fullscreen: (tile) => fullscreen(tile.element),
  pip: pictureInPicture,
  stats: (tile) => tile.readout.toggle(async () => tile.player?.stats() ?? null),
  earlier: (tile) => grid.step(tile, -1),
  later: (tile) => grid.step(tile, 1),
};

async function run(action, tile) {
  try {
    await ACTIONS[action]?.(tile);
  } catch (error) {
    toast(`This browser refused: ${error.message}`, "bad");
  }
}

function showMenu(tile, opener) {
  chosen = tile;
  set(menu.querySelector('[data-do="alerts"]'), "href", `/alerts?camera_id=${tile.id}`);
  set(menu.querySelector('[data-do="edit"]') || menu, "href", `/cameras/${tile.id}`);
  const auto = menu.querySelector('[data-do="auto"]');
  if (auto) auto.hidden = tile.camera.stream.pin !== "start";
  const running = tile.element.dataset.state === "live";
  for (const name of ["fullscreen", "pip", "stats"]) set(menu.querySelector(`[data-do="${name}"]`), "aria-disabled", running ? null : "true");
  openMenu(menu, opener);
}

gridElement?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  const tile = tiles.get(Number(event.target.closest(".tile")?.dataset.camera));
  if (!button || !tile) return;
  if (button.dataset.do === "menu") showMenu(tile, button);
  else run(button.dataset.do, tile);
});
gridElement?.addEventListener("dblclick", (event) => {
  const tile = tiles.get(Number(event.target.closest(".tile")?.dataset.camera));
  if (tile && !event.target.closest("button")) grid.useLayout(tile.element.hasAttribute("data-focus") ? "auto" : "focus", tile.id);
});
menu.addEventListener("click", (event) => {
  const item = event.target.closest("[data-do]");
  if (!item || item.href) return;
  menu.hidePopover();
  run(item.dataset.do, chosen);
});

// --- the page's own tools

function toggle(id, start, apply) {
  const button = document.getElementById(id);
  const use = (on) => { set(button, "aria-pressed", String(on)); apply(on); };
  use(start);
  button.addEventListener("click", () => use(button.getAttribute("aria-pressed") !== "true"));
}

document.getElementById("layouts").addEventListener("click", (event) => {
  const button = event.target.closest("[data-layout]");
  if (button) grid?.useLayout(button.dataset.layout, recall("focus", null));
});
document.getElementById("wall").addEventListener("click", () => fullscreen(document.getElementById("wall-area")));
toggle("autoplay", recall("autoplay", true), (on) => grid?.useAutoplay(on));
toggle("feed-toggle", recall("feed", true), (on) => { remember("feed", on); root.dataset.feed = on ? "shown" : "hidden"; });

let summing = false;

/** Once for however many tiles change together. */
function summariseSoon() {
  if (summing) return;
  summing = true;
  requestAnimationFrame(() => { summing = false; summarise(); });
}

function summarise() {
  const faces = [...tiles.values()].map((tile) => tile.face().state);
  const count = (...states) => faces.filter((state) => states.includes(state)).length;
  const off = count("offline", "device-offline", "pending", "failed", "no-device");
  const parts = [`${faces.length} camera${faces.length === 1 ? "" : "s"}`, `${count("live", "frozen")} playing`];
  if (off) parts.push(`${off} need${off === 1 ? "s" : ""} attention`);
  text(document.getElementById("live-summary"), parts.join(" · "));
}

function watchTile(tile) {
  tile.addEventListener("face", summariseSoon);
}

// --- what the hub tells

live.addEventListener("alert", ({ detail: alert }) => {
  tiles.get(alert.camera_id)?.visit(alert);
  if (!feed.take(alert) || !document.hidden) return;
  unseen += 1;
  document.title = `(${unseen}) ${title}`;
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) { unseen = 0; document.title = title; } });

live.addEventListener("camera", ({ detail: camera }) => {
  const tile = tiles.get(camera.id);
  if (camera.deleted) return removeTile(tile);
  names.known.set(camera.id, camera);
  if (tile) { tile.update(camera, deviceOf(camera)); grid.allot(); }
  else if (grid) addTile(camera);
  else location.reload();
  return undefined;
});

function removeTile(tile) {
  if (!tile) return;
  names.known.delete(tile.id);
  tiles.delete(tile.id);
  grid.remove(tile);
  if (tiles.size) summariseSoon();
  else location.reload();
}

function addTile(camera) {
  const tile = tileFor(clone("t-tile"), camera);
  tiles.set(camera.id, tile);
  watchTile(tile);
  grid.add(tile);
}

live.addEventListener("missed", () => location.reload());
live.addEventListener("device", ({ detail: device }) => {
  devices.set(device.id, device);
  for (const tile of tiles.values()) if (tile.camera.device_id === device.id) tile.update(tile.camera, device);
  grid?.allot();
});

startPage();
showLink(live);
for (const tile of tiles.values()) watchTile(tile);
for (const alert of data.alerts) if (!alert.closed_at) tiles.get(alert.camera_id)?.visit(alert);
summarise();
live.start();
