// The devices: what changes meanwhile, and what one may do.

import { openNew, startDeviceActions } from "../device-actions.js";
import { pageData } from "../dom.js";
import { outdated } from "../fresh.js";
import { LiveFeed, showLink } from "../live.js";
import { startPage } from "../page.js";

const SHOWN = ["state", "online", "name", "desired_revision", "reported_revision", "version"];
const data = pageData();
const devices = new Map(data.devices.map((device) => [device.id, device]));

startPage();
startDeviceActions((element) => devices.get(element.closest("[data-device]")?.dataset.device), data.cameras);
for (const button of document.querySelectorAll("#new-device, [data-new-device]")) button.addEventListener("click", openNew);

const live = new LiveFeed(data.cursor);
live.addEventListener("device", ({ detail: device }) => {
  const before = devices.get(device.id);
  devices.set(device.id, device);
  if (before && SHOWN.every((name) => before[name] === device[name]) && before.selftest?.at === device.selftest?.at) return;
  outdated();
});
showLink(live);
live.start();
