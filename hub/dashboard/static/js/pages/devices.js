// Devices: approve, refuse, rename, revoke, and a token for a new one, shown once.

import { api } from "../api.js";
import { confirmed } from "../confirm.js";
import { pageData, slots, text } from "../dom.js";
import { apiForm } from "../forms.js";
import { LiveFeed, showLink } from "../live.js";
import { openMenu } from "../menu.js";
import { startPage } from "../page.js";
import { toast } from "../toast.js";

const data = pageData();
const devices = new Map(data.devices.map((device) => [device.id, device]));
const menu = document.getElementById("device-menu");
const dialog = document.getElementById("device-dialog");
const renaming = document.getElementById("rename-dialog");
let chosen = null;

async function change(device, action, said) {
  try {
    await api("POST", `/api/devices/${device.id}/${action}`);
    toast(`${device.name} ${said}`);
    location.reload();
  } catch (problem) {
    toast(`${device.name}: ${problem.message}`, "bad");
  }
}

async function revoke(device) {
  const watched = data.cameras.filter((camera) => camera.device_id === device.id).map((camera) => camera.name);
  const theirs = watched.length ? ` It stops watching ${watched.join(", ")}.` : "";
  const detail = `Its certificate is no longer accepted: it must be enrolled again before it may send anything.${theirs} Alerts that it sent stay.`;
  if (await confirmed({ title: `Revoke ${device.name}?`, detail, action: "Revoke the device" })) change(device, "revoke", "is revoked");
}

const ACTIONS = {
  approve: (device) => change(device, "approve", "is approved"),
  refuse: (device) => change(device, "revoke", "was refused"),
  revoke,
  rename: (device) => {
    const form = document.getElementById("rename-form");
    form.dataset.path = `/api/devices/${device.id}`;
    form.elements.name.value = device.name;
    renaming.showModal();
    form.elements.name.select();
  },
  menu: (device, opener) => { chosen = device; openMenu(menu, opener); },
};

document.getElementById("main").addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  const device = devices.get(event.target.closest("[data-device]")?.dataset.device);
  if (button && device) ACTIONS[button.dataset.do](device, button);
});
menu?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  menu.hidePopover();
  ACTIONS[button.dataset.do](chosen);
});

// --- a new one

const form = document.getElementById("device-form");
const told = document.getElementById("device-token");
let issued = false;

function openNew() {
  issued = false;
  form.reset();
  form.hidden = false;
  told.hidden = true;
  dialog.showModal();
}

for (const button of document.querySelectorAll("#new-device, [data-new-device]")) button.addEventListener("click", openNew);
for (const button of document.querySelectorAll("dialog [data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
dialog?.addEventListener("close", () => { if (issued) location.reload(); });
if (form) {
  apiForm(form, ({ name, token }) => {
    const parts = slots(told);
    issued = true;
    text(parts.name, name);
    text(parts.hours, "24 hours");
    text(parts.command, `watchpost-edge enroll --hub ${location.origin} --token ${token}`);
    form.hidden = true;
    told.hidden = false;
    told.querySelector("[data-copy]").focus();
  });
  apiForm(document.getElementById("rename-form"), () => location.reload());
  told.querySelector("[data-copy]").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(slots(told).command.textContent);
      toast("Copied");
    } catch {
      toast("This browser does not let pages copy here; mark the text and copy it.", "info");
    }
  });
}

// --- what changes meanwhile

const live = new LiveFeed(data.cursor);
live.addEventListener("device", ({ detail: device }) => {
  const before = devices.get(device.id);
  const shown = ["state", "online", "name", "desired_revision", "reported_revision", "version"];
  devices.set(device.id, device);
  if (before && shown.every((name) => before[name] === device[name])) return;
  if (!document.querySelector("dialog[open], :popover-open")) location.reload();
});
startPage();
showLink(live);
live.start();
