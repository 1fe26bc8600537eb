// One device: its figures under the pointer, a picture of a camera now, and what one may do.

import { command } from "../commands.js";
import { startDeviceActions } from "../device-actions.js";
import { el, pageData, text } from "../dom.js";
import { keepFresh } from "../fragments.js";
import { LiveFeed, showLink } from "../live.js";
import { startPage } from "../page.js";
import { moment } from "../time.js";

const SHOWN = ["state", "online", "name", "desired_revision", "reported_revision", "version"];
const data = pageData();
let [device] = data.devices;
let { cameras, history } = data;

// --- what stands under the pointer, in all plots at once

let plots = [];

function startPlots() {
  plots = [...document.querySelectorAll("#measures .measure")].map(plotOf);
}

function plotOf(cell) {
  const line = el("i", { class: "measure-line", hidden: true });
  const tip = el("output", { class: "measure-tip", hidden: true, "aria-hidden": "true" });
  cell.querySelector(".measure-plot").append(line);
  cell.append(tip);
  cell.addEventListener("pointermove", (event) => {
    const box = cell.getBoundingClientRect();
    point((event.clientX - box.left) / box.width);
  });
  cell.addEventListener("pointerleave", () => point(null));
  return { line, tip, values: history.values[cell.dataset.measure] || [] };
}

function nearest(place) {
  const { places } = history;
  let best = -1;
  places.forEach((at, index) => { if (best < 0 || Math.abs(at - place) < Math.abs(places[best] - place)) best = index; });
  return best >= 0 && Math.abs(places[best] - place) < 0.02 ? best : -1;
}

function point(place) {
  const index = place === null ? -1 : nearest(place);
  for (const { line, tip, values } of plots) {
    line.hidden = tip.hidden = index < 0 || !values[index];
    if (line.hidden) continue;
    line.style.setProperty("inset-inline-start", `${history.places[index] * 100}%`);
    text(tip, `${moment(new Date(history.times[index]))}: ${values[index]}`);
  }
}

// --- a picture now

let turn = 0;

async function snapshot(button) {
  const mine = ++turn; // the dialog is one for all cameras
  const camera = cameras.find(({ id }) => id === Number(button.closest("[data-camera]").dataset.camera));
  const dialog = document.getElementById("snapshot-dialog");
  const place = dialog.querySelector("[data-slot=place]");
  text(document.getElementById("snapshot-title"), `${camera.name}, now`);
  place.replaceChildren(el("span", { class: "spinner", role: "img", "aria-label": "Waiting for the picture" }));
  dialog.showModal();
  const show = (element) => { if (mine === turn) place.replaceChildren(element); };
  const fail = (reason) => show(el("p", { role: "alert" }, `No picture: ${reason}`));
  try {
    const told = await command(device.id, { action: "snapshot", camera_id: camera.id });
    if (told.state === "done") show(el("img", { src: told.picture_url, alt: `${camera.name} just now` }));
    else fail(told.error);
  } catch (problem) {
    fail(problem.message);
  }
}

startPage();
startPlots();
startDeviceActions(() => device, () => cameras);
document.getElementById("main").addEventListener("click", ({ target }) => {
  const button = target.closest("[data-do=snapshot]");
  if (button) snapshot(button);
});

const fresh = keepFresh((now) => {
  ({ cameras } = now);
  if (document.querySelector("#measures .measure-line")) return; // the plots are still those of before
  ({ history } = now);
  startPlots();
});
const live = new LiveFeed(data.cursor);
live.addEventListener("device", ({ detail: now }) => {
  if (now.id !== device.id) return;
  const same = SHOWN.every((name) => device[name] === now[name]) && device.selftest?.at === now.selftest?.at;
  device = now;
  if (!same) fresh.soon();
});
showLink(live);
live.start();
