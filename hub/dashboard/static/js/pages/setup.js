// First steps: a token for the device and waiting for it, the first camera with its test, and when it is live.

import { api } from "../api.js";
import { pageData, set, slots, text } from "../dom.js";
import { startCopying, tell } from "../enrol.js";
import { apiForm } from "../forms.js";
import { LiveFeed } from "../live.js";
import { startPage } from "../page.js";
import { Probe } from "../probe.js";
import { cameraStatus } from "../states.js";
import { toast } from "../toast.js";

const data = pageData();
const devices = new Map(data.devices.map((device) => [device.id, device]));
const live = new LiveFeed(data.cursor);

function startDevice() {
  const form = document.getElementById("device-form");
  const told = document.getElementById("device-token");
  startCopying(told);
  apiForm(form, (device) => {
    tell(told, device, device.token);
    form.hidden = true;
    told.hidden = false;
    told.querySelector("[data-copy]").focus();
  }, (filled) => ({ name: filled.elements.name.value, replace: true }));
  document.getElementById("main").addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-do=approve]");
    if (!button) return;
    try {
      await api("POST", `/api/devices/${button.closest("[data-device]").dataset.device}/approve`);
      location.reload();
    } catch (problem) {
      toast(problem.message, "bad");
    }
  });
  live.addEventListener("device", ({ detail: device }) => {
    const before = devices.get(device.id);
    devices.set(device.id, device);
    if (device.state === "approved") location.reload();
    else if (device.state === "pending" && before?.state !== "pending") location.reload();
  });
}

function startCamera() {
  const form = document.getElementById("camera-form");
  const { source_url: address, device_id: device } = form.elements;
  const result = new Probe(document.getElementById("probe"), () => {});
  const button = document.getElementById("test");
  button.addEventListener("click", async () => {
    if (!address.value.trim()) return address.focus();
    set(button, "aria-busy", "true");
    await result.run(devices.get(device.value), { url: address.value.trim() });
    return set(button, "aria-busy", null);
  });
  for (const example of form.querySelectorAll("[data-example]")) {
    example.addEventListener("click", () => { address.value = example.dataset.example; address.focus(); });
  }
  apiForm(form, () => location.assign("/setup"));
  live.addEventListener("device", ({ detail: now }) => {
    const typed = [...form.elements].some((input) => input.tagName === "INPUT" && input.value);
    if (devices.get(now.id)?.online !== now.online && !typed) location.reload();
    devices.set(now.id, now);
  });
}

function startWatching() {
  live.addEventListener("camera", ({ detail: camera }) => {
    const row = document.querySelector(`[data-camera="${camera.id}"]`);
    if (!row || camera.deleted) return;
    const face = cameraStatus(camera, devices.get(camera.device_id));
    const parts = slots(row);
    parts.status.dataset.tone = face.tone;
    set(parts.status, "data-busy", ["starting", "pending"].includes(face.state));
    text(parts.status.lastElementChild, face.label);
    text(parts.cause, face.cause);
  });
  live.addEventListener("device", ({ detail: device }) => devices.set(device.id, device));
}

startPage();
({ device: startDevice, camera: startCamera, live: startWatching })[data.step]();
live.start();

