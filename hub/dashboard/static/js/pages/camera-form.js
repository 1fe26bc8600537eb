// Adding and changing a camera: the form, its test, the areas, and which past alerts the settings would have kept.

import { api } from "../api.js";
import { command } from "../commands.js";
import { confirmed } from "../confirm.js";
import { pageData, set, svg, text } from "../dom.js";
import { apiForm, changes, collect, collectGiven, startSliders } from "../forms.js";
import { startPage } from "../page.js";
import { Probe } from "../probe.js";
import { toast } from "../toast.js";
import { placed, summed, verdict } from "../triggered.js";
import { WIDTH, Zones } from "../zones.js";

const { camera, devices, size } = pageData();
const form = document.getElementById("camera-form");
const still = document.getElementById("zone-still");
const device = form.elements.device_id;
const hidden = { include: form.elements["settings.include"], exclude: form.elements["settings.exclude"] };
const snap = document.getElementById("zone-snap");
let alerts = [];
let source = size.width ? size : { width: 1920, height: 1080 };

const given = collectGiven(form);

const chosen = () => devices.find(({ id }) => id === device.value);

// --- the test

function probe(button) {
  const input = form.elements[button.dataset.test];
  const result = new Probe(document.getElementById(`probe-${button.dataset.slotName}`), (url) => { if (button.dataset.test === "source_url" && still.hidden) show(url); });
  button.addEventListener("click", async () => {
    if (!input.value.trim()) return input.focus();
    set(button, "aria-busy", "true");
    await result.run(chosen(), { url: input.value.trim(), ...(camera.id ? { camera_id: camera.id } : {}) });
    return set(button, "aria-busy", null);
  });
}

/** Only a device that is there can look. */
function allow() {
  const there = chosen();
  const why = !there ? "Choose the device that is to look" : there.online ? "" : `${there.name} is offline: it cannot look now`;
  for (const button of form.querySelectorAll("[data-test]")) {
    button.disabled = Boolean(why);
    button.title = why;
  }
  text(document.getElementById("probe-why"), why);
  if (snap) snap.disabled = !there?.online;
}

// --- the areas, and what they would do

function show(url) {
  still.removeEventListener("load", measure); // another picture, another size
  still.src = url;
  still.hidden = false;
}

async function takePicture() {
  set(snap, "aria-busy", "true");
  try {
    const told = await command(device.value, { action: "snapshot", camera_id: camera.id });
    if (told.state === "done") show(told.picture_url);
    else toast(`No picture: ${told.error}`, "bad");
  } catch (problem) {
    toast(`No picture: ${problem.message}`, "bad");
  }
  set(snap, "aria-busy", null);
}

function box(alert, why) {
  const { x, y, w, h } = placed(alert, source);
  const at = { x: x * WIDTH, y: y * zones.height, width: w * WIDTH, height: h * zones.height, rx: 3 * zones.unit };
  return svg("rect", { class: why ? "zone-miss" : "zone-hit", ...at });
}

/** The smallest face as a square in the corner, and the face of every recent alert: bright if it would still be one. */
function preview() {
  const { settings } = collect(form);
  const verdicts = alerts.map((alert) => verdict(alert, settings, source));
  const side = (settings.min_face_px / source.width) * WIDTH;
  const smallest = svg("rect", { class: "zone-face", x: 12 * zones.unit, y: zones.height - side - 12 * zones.unit, width: side, height: side });
  const boxes = alerts.map((alert, index) => box(alert, verdicts[index]));
  zones.below.replaceChildren(...boxes.filter((_, index) => verdicts[index]), ...boxes.filter((_, index) => !verdicts[index]), smallest);
  text(document.getElementById("zone-preview"), camera.id ? summed(verdicts) : "");
}

const areas = Object.fromEntries(Object.entries(hidden).map(([kind, input]) => [kind, JSON.parse(input.value)]));
const zones = new Zones({ canvas: document.getElementById("zone-canvas"), list: document.getElementById("zone-list"), help: document.getElementById("zone-help"), areas });
zones.addEventListener("change", () => {
  for (const [kind, input] of Object.entries(hidden)) input.value = JSON.stringify(zones.areas[kind]);
  preview();
});
for (const kind of ["include", "exclude"]) document.getElementById(`zone-${kind}`).addEventListener("click", () => zones.begin(kind));
form.addEventListener("input", preview);
new ResizeObserver(preview).observe(zones.canvas);
/** What alerts' boxes are measured in: the size of the picture that came with the page, which is an alert's. */
function measure() {
  const picture = { width: still.naturalWidth, height: still.naturalHeight };
  source = { ...(size.width ? size : picture), picture };
  preview();
}

async function pastAlerts() {
  if (!camera.id) return;
  alerts = (await api("GET", `/api/alerts?camera_id=${camera.id}&limit=100`)).items;
  preview();
}

// --- the rest

async function remove() {
  const detail = "Its device stops watching it; its address, rules and areas are deleted. Its alerts and their pictures stay in the list.";
  if (!await confirmed({ title: `Delete ${camera.name}?`, detail, action: "Delete the camera" })) return;
  try {
    await api("DELETE", `/api/cameras/${camera.id}`);
    location.assign("/cameras");
  } catch (problem) {
    toast(problem.message, "bad");
  }
}

startPage();
startSliders(form);
for (const button of form.querySelectorAll("[data-test]")) probe(button);
for (const example of form.querySelectorAll("[data-example]")) {
  example.addEventListener("click", () => { const input = form.elements.source_url; input.value = example.dataset.example; input.focus(); });
}
device.addEventListener("change", allow);
snap?.addEventListener("click", takePicture);
document.getElementById("delete")?.addEventListener("click", remove);
apiForm(form, () => location.assign(form.dataset.then), () => (camera.id ? changes(collect(form), given) : collect(form)));
allow();
preview();
if (still.complete && still.naturalWidth) measure();
else still.addEventListener("load", measure, { once: true });
pastAlerts().catch((problem) => toast(problem.message, "bad"));
