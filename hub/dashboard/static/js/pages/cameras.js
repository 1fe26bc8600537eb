// The camera list: live states, switching on and off, deleting.

import { api } from "../api.js";
import { confirmed } from "../confirm.js";
import { pageData, slots, text } from "../dom.js";
import { outdated } from "../fresh.js";
import { LiveFeed, showLink } from "../live.js";
import { startPage } from "../page.js";
import { cameraStatus } from "../states.js";
import { moment } from "../time.js";
import { toast } from "../toast.js";

const data = pageData();
const cameras = new Map(data.cameras.map((camera) => [camera.id, camera]));
const devices = new Map(data.devices.map((device) => [device.id, device]));
const list = document.getElementById("cameras");
const rowOf = (id) => list?.querySelector(`[data-camera="${id}"]`);

function show(camera) {
  const row = rowOf(camera.id);
  if (!row) return;
  const face = cameraStatus(camera, devices.get(camera.device_id));
  const parts = slots(row);
  parts.status.dataset.tone = face.tone;
  text(parts.status.lastElementChild, face.label);
  const since = face.since && `Since ${moment(new Date(face.since))}`;
  text(parts.cause, face.state === "online" ? "" : [since, face.cause].filter(Boolean).join(": "));
}

async function enable(camera, input) {
  try {
    cameras.set(camera.id, await api("PATCH", `/api/cameras/${camera.id}`, { enabled: input.checked }));
    show(cameras.get(camera.id));
    toast(`${camera.name} is ${input.checked ? "on" : "off"}`);
  } catch (problem) {
    input.checked = !input.checked;
    toast(`${camera.name}: ${problem.message}`, "bad");
  }
}

/** Without cameras the page is another. */
function gone(id) {
  cameras.delete(id);
  rowOf(id)?.remove();
  if (list && !list.childElementCount) location.reload();
}

async function remove(camera) {
  const detail = "Its device stops watching it; its address, rules and areas are deleted. Its alerts and their pictures stay in the list.";
  if (!await confirmed({ title: `Delete ${camera.name}?`, detail, action: "Delete the camera" })) return;
  try {
    await api("DELETE", `/api/cameras/${camera.id}`);
    gone(camera.id);
    toast(`${camera.name} was deleted`);
  } catch (problem) {
    toast(`${camera.name}: ${problem.message}`, "bad");
  }
}

const cameraOf = (event) => cameras.get(Number(event.target.closest("[data-camera]")?.dataset.camera));
list?.addEventListener("click", (event) => { if (event.target.closest("[data-do=delete]")) remove(cameraOf(event)); });
list?.addEventListener("change", (event) => { if (event.target.matches("[data-do=enable]")) enable(cameraOf(event), event.target); });

const live = new LiveFeed(data.cursor);
live.addEventListener("camera", ({ detail: camera }) => {
  if (camera.deleted) return gone(camera.id);
  if (!cameras.has(camera.id)) return outdated();
  cameras.set(camera.id, camera);
  return show(camera);
});
live.addEventListener("cameras", ({ detail: there }) => {
  for (const id of [...cameras.keys()]) if (!there.has(id)) gone(id);
});
live.addEventListener("device", ({ detail: device }) => {
  devices.set(device.id, device);
  for (const camera of cameras.values()) if (camera.device_id === device.id) show(camera);
});
startPage();
showLink(live);
live.start();
