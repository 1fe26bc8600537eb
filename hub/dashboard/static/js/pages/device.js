// One device: its figures under the pointer, a picture of a camera now, and what one may do.

import { command } from "../commands.js";
import { startDeviceActions } from "../device-actions.js";
import { el, pageData, text } from "../dom.js";
import { outdated } from "../fresh.js";
import { LiveFeed, showLink } from "../live.js";
import { startPage } from "../page.js";
import { moment } from "../time.js";

const SHOWN = ["state", "online", "name", "desired_revision", "reported_revision", "version"];
const data = pageData();
let [device] = data.devices;

// --- what stands under the pointer, in all plots at once

const plots = [...document.querySelectorAll("#measures .measure")].map((cell) => {
  const line = el("i", { class: "measure-line", hidden: true });
  const tip = el("output", { class: "measure-tip", hidden: true, "aria-hidden": "true" });
  cell.querySelector(".measure-plot").append(line);
  cell.append(tip);
  return { cell, line, tip, values: data.history.values[cell.dataset.measure] || [] };
});

function nearest(place) {
  const { places } = data.history;
  let best = -1;
  places.forEach((at, index) => { if (best < 0 || Math.abs(at - place) < Math.abs(places[best] - place)) best = index; });
  return best >= 0 && Math.abs(places[best] - place) < 0.02 ? best : -1;
}

function point(place) {
  const index = place === null ? -1 : nearest(place);
  for (const { line, tip, values } of plots) {
    line.hidden = tip.hidden = index < 0 || !values[index];
    if (line.hidden) continue;
    line.style.setProperty("inset-inline-start", `${data.history.places[index] * 100}%`);
    text(tip, `${moment(new Date(data.history.times[index]))}: ${values[index]}`);
  }
}

for (const { cell } of plots) {
  cell.addEventListener("pointermove", (event) => {
    const box = cell.getBoundingClientRect();
    point((event.clientX - box.left) / box.width);
  });
  cell.addEventListener("pointerleave", () => point(null));
}

// --- a picture now

let turn = 0;

async function snapshot(button) {
  const mine = ++turn; // the dialog is one for all cameras
  const camera = data.cameras.find(({ id }) => id === Number(button.closest("[data-camera]").dataset.camera));
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
startDeviceActions(() => device, data.cameras);
for (const button of document.querySelectorAll("[data-do=snapshot]")) button.addEventListener("click", () => snapshot(button));

const live = new LiveFeed(data.cursor);
live.addEventListener("device", ({ detail: now }) => {
  if (now.id !== device.id) return;
  const same = SHOWN.every((name) => device[name] === now[name]) && device.selftest?.at === now.selftest?.at;
  device = now;
  if (!same) outdated();
});
showLink(live);
live.start();
