// What one may do to a device: let it in, refuse, rename, restart, have it test itself, give it a new key, revoke it.

import { api } from "./api.js";
import { command } from "./commands.js";
import { confirmed } from "./confirm.js";
import { apiForm } from "./forms.js";
import { openMenu } from "./menu.js";
import { startCopying, tell } from "./enrol.js";
import { toast } from "./toast.js";

const menu = document.getElementById("device-menu");
const dialog = document.getElementById("device-dialog");
const renaming = document.getElementById("rename-dialog");
const form = document.getElementById("device-form");
const told = document.getElementById("device-token");
let chosen = null;
let camerasNow = () => [];

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
  const watched = camerasNow().filter((camera) => camera.device_id === device.id).map((camera) => camera.name);
  const theirs = watched.length ? ` It stops watching ${watched.join(", ")}.` : "";
  const detail = `Its certificate is no longer accepted: it must be enrolled again before it may send anything.${theirs} Alerts that it sent stay.`;
  if (await confirmed({ title: `Revoke ${device.name}?`, detail, action: "Revoke the device" })) change(device, "revoke", "is revoked");
}

/** Have it do something, with the button busy meanwhile; what came of it is said. */
async function order(device, button, body, said) {
  button?.setAttribute("aria-busy", "true");
  try {
    const answer = await command(device.id, body);
    toast(`${device.name}: ${answer.error || said(answer)}`, answer.error ? "bad" : "ok");
  } catch (problem) {
    toast(`${device.name}: ${problem.message}`, "bad");
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

async function restart(device, button) {
  const detail = "Its program stops and starts again, which takes some seconds. Visits in progress are closed; nothing that it has not sent yet is lost.";
  if (await confirmed({ title: `Restart ${device.name}?`, detail, action: "Restart", calm: true })) await order(device, button, { action: "restart" }, () => "restarts now");
}

async function selftest(device, button) {
  await order(device, button, { action: "selftest" }, ({ details }) => (details.red ? `red: ${details.red}` : "every part is green"));
}

async function reflash(device) {
  const detail = "You get a new one-time token. Once it is used, the key that the device has now is no longer accepted. Name, cameras and alerts stay.";
  if (!await confirmed({ title: `A new key for ${device.name}?`, detail, action: "Make a token", calm: true })) return;
  try {
    show(await api("POST", "/api/devices", { name: device.name, replace: true }));
  } catch (problem) {
    toast(`${device.name}: ${problem.message}`, "bad");
  }
}

export const ACTIONS = {
  approve: (device) => change(device, "approve", "is approved"),
  refuse: (device) => change(device, "revoke", "was refused"),
  revoke,
  restart,
  selftest,
  reflash,
  rename: (device) => {
    const renameForm = document.getElementById("rename-form");
    renameForm.dataset.path = `/api/devices/${device.id}`;
    renameForm.elements.name.value = device.name;
    renaming.showModal();
    renameForm.elements.name.select();
  },
  menu: (device, opener) => { chosen = device; openMenu(menu, opener); },
};

function show(device) {
  told.dataset.issued = "";
  tell(told, device, device.token);
  form.hidden = true;
  told.hidden = false;
  if (!dialog.open) dialog.showModal();
  told.querySelector("[data-copy]").focus();
}

/** The form for a new device. */
export function openNew() {
  delete told.dataset.issued;
  form.reset();
  form.hidden = false;
  told.hidden = true;
  dialog.showModal();
}

/** Wire the page up: `deviceOf(element)` finds the device that a button stands for, `cameras()` are all that there are. */
export function startDeviceActions(deviceOf, cameras) {
  camerasNow = cameras;
  document.getElementById("main").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do]");
    const device = button && deviceOf(button);
    if (device) ACTIONS[button.dataset.do]?.(device, button);
  });
  menu?.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do]");
    if (!button) return;
    menu.hidePopover();
    ACTIONS[button.dataset.do](chosen);
  });
  for (const button of document.querySelectorAll("dialog [data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
  if (!form) return;
  dialog.addEventListener("close", () => { if ("issued" in told.dataset) location.reload(); });
  apiForm(form, show);
  apiForm(document.getElementById("rename-form"), () => location.reload());
  startCopying(told);
}
