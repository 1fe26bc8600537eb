// The live page: tiles, feed and socket put together.

import { api } from "../api.js";
import { wanted } from "../arrangement.js";
import { cameraNames } from "../alert-view.js";
import { clone, pageData, set, text } from "../dom.js";
import { Feed } from "../feed.js";
import { Grid } from "../grid.js";
import { recall, remember } from "../keep.js";
import { startKeys } from "../keys.js";
import { LiveFeed, showLink } from "../live.js";
import { Notifier } from "../notify.js";
import { startPage } from "../page.js";
import { Tile } from "../tile.js";
import { TileActions } from "../tile-actions.js";
import { toast } from "../toast.js";
import { Unseen } from "../unseen.js";
import { Wall } from "../wall.js";

const data = pageData();
const root = document.getElementById("main");
const gridElement = document.getElementById("grid");
const devices = new Map(data.devices.map((device) => [device.id, device]));
const names = cameraNames(data.cameras);
const may = { operate: data.viewer.role !== "viewer", username: data.viewer.username };
const deviceOf = (camera) => devices.get(camera.device_id);

const tileFor = (element, camera) => new Tile(element, { camera, device: deviceOf(camera), may });
const tiles = new Map(data.cameras.map((camera) => [camera.id, tileFor(gridElement.querySelector(`[data-camera="${camera.id}"]`), camera)]));
const grid = gridElement && new Grid(gridElement, [...tiles.values()]);
const feed = new Feed({ root, alerts: data.alerts, nextCursor: data.next_cursor, names });
const live = new LiveFeed(data.cursor);
const unseen = new Unseen();
const notifier = new Notifier(document.getElementById("notify"));

// --- the tiles' buttons, their menu and keys

const actions = grid && new TileActions({ grid, menu: document.getElementById("tile-menu"), find: (element) => tiles.get(Number(element.closest(".tile")?.dataset.camera)) });

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
toggle("autoplay", recall("autoplay", true), (on) => grid?.useAutoplay(on));
toggle("feed-toggle", recall("feed", true), (on) => { remember("feed", on); root.dataset.feed = on ? "shown" : "hidden"; });

// --- the wall display, and an address that says which camera is large and whether this is a wall

const wall = gridElement && new Wall({ root, area: document.getElementById("wall-area"), grid: gridElement, clock: document.getElementById("wall-clock") });
const toggleWall = () => { if (wall?.on) wall.leave(); else wall?.enter(); tellAddress(); };

function tellAddress() {
  const values = { ...(grid?.layout === "focus" ? { camera: grid.focused.id } : {}), ...(wall?.on ? { wall: 1 } : {}) };
  const search = new URLSearchParams(values).toString();
  history.replaceState(null, "", search ? `/?${search}` : "/");
}

function startAsAsked() {
  if (wanted().wall) wall?.enter({ full: false });
  grid?.addEventListener("layout", tellAddress);
  if (wall) wall.left = tellAddress;
}

for (const id of ["wall", "wall-exit"]) document.getElementById(id).addEventListener("click", toggleWall);

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
  tile.addEventListener("here", () => grid.allotSoon());
}

// --- what the hub tells

live.addEventListener("alert", ({ detail: alert }) => {
  const tile = tiles.get(alert.camera_id);
  tile?.visit(alert);
  if (!feed.take(alert)) return;
  if (tile?.here) grid.follow(tile);
  if (alert.acknowledged_by) return; // somebody has seen it
  unseen.more();
  notifier.say(alert, names.of(alert));
});

live.addEventListener("camera", ({ detail: camera }) => {
  const tile = tiles.get(camera.id);
  if (camera.deleted) return removeTile(tile);
  names.known.set(camera.id, camera);
  if (tile) { tile.update(camera, deviceOf(camera)); grid.allotSoon(); }
  else if (grid) addTile(camera);
  else location.reload();
  return undefined;
});

live.addEventListener("cameras", ({ detail: there }) => {
  for (const tile of [...tiles.values()]) if (!there.has(tile.id)) removeTile(tile);
});

function removeTile(tile) {
  if (!tile) return;
  names.known.delete(tile.id);
  tiles.delete(tile.id);
  grid.remove(tile);
  wall.fit();
  if (tiles.size) summariseSoon();
  else location.reload();
}

function addTile(camera) {
  const tile = tileFor(clone("t-tile"), camera);
  tiles.set(camera.id, tile);
  watchTile(tile);
  grid.add(tile);
  wall.fit();
}

live.addEventListener("missed", () => location.reload());
live.addEventListener("device", ({ detail: device }) => {
  devices.set(device.id, device);
  for (const tile of tiles.values()) if (tile.camera.device_id === device.id) tile.update(tile.camera, device);
  grid?.allotSoon();
});

async function acknowledge() {
  const alert = feed.keyed;
  if (!alert || !may.operate || alert.acknowledged_by) return false;
  try {
    feed.take(await api("POST", `/api/alerts/${alert.id}/acknowledge`, {}));
    toast("Acknowledged");
  } catch (problem) {
    toast(problem.message, "bad");
  }
  return true;
}

startPage();
showLink(live);
startAsAsked();
startKeys([
  ...(actions?.keys() || []),
  ...["auto", "one", "two", "three", "focus", "follow"].map((layout, index) => ({ keys: [String(index + 1)], run: () => grid?.useLayout(layout, recall("focus", null)) })),
  { keys: ["1", "…", "6"], label: "Layouts" },
  { keys: ["w"], label: "Wall display", run: toggleWall },
  { keys: ["j"], label: "Next visit in the feed", run: () => feed.walk(1) },
  { keys: ["k"], label: "Previous visit in the feed", run: () => feed.walk(-1) },
  ...(may.operate ? [{ keys: ["a"], label: "Acknowledge the chosen visit", run: acknowledge }] : []),
  { keys: ["e"], label: "Show or hide the feed", run: () => document.getElementById("feed-toggle").click() },
  { keys: ["Escape"], run: () => (wall?.on ? wall.leave() : false) },
]);
for (const tile of tiles.values()) watchTile(tile);
for (const alert of data.alerts) if (!alert.closed_at) tiles.get(alert.camera_id)?.visit(alert);
summarise();
live.start();
