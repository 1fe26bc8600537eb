// The devices: what changes meanwhile, and what one may do.

import { openNew, startDeviceActions } from "../device-actions.js";
import { pageData } from "../dom.js";
import { keepFresh } from "../fragments.js";
import { LiveFeed, showLink } from "../live.js";
import { startPage } from "../page.js";

const SHOWN = ["state", "online", "name", "desired_revision", "reported_revision", "version"];
const data = pageData();
let { cameras } = data;
const devices = new Map(data.devices.map((device) => [device.id, device]));

startPage();
startDeviceActions((element) => devices.get(element.closest("[data-device]")?.dataset.device), () => cameras);
document.getElementById("main").addEventListener("click", ({ target }) => { if (target.closest("#new-device, [data-new-device]")) openNew(); });

const fresh = keepFresh((now) => { ({ cameras } = now); });
const live = new LiveFeed(data.cursor);
live.addEventListener("device", ({ detail: device }) => {
  const before = devices.get(device.id);
  devices.set(device.id, device);
  if (before && SHOWN.every((name) => before[name] === device[name]) && before.selftest?.at === device.selftest?.at) return;
  fresh.soon();
});
showLink(live);
live.start();
