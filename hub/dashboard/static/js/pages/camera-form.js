// Adding and changing a camera: the form, the areas, and which of the latest alerts the rules would have kept.

import { api } from "../api.js";
import { confirmed } from "../confirm.js";
import { pageData, svg, text } from "../dom.js";
import { apiForm, collect, startSliders } from "../forms.js";
import { startPage } from "../page.js";
import { toast } from "../toast.js";
import { inside, Zones } from "../zones.js";

const { camera } = pageData();
const form = document.getElementById("camera-form");
const still = document.getElementById("zone-still");
const hidden = { include: form.elements["settings.include"], exclude: form.elements["settings.exclude"] };
let alerts = [];
let zones = null;

/** Centre of a face's box as fractions of the picture. */
const centre = ({ box: [x, y, w, h] }) => [(x + w / 2) / still.naturalWidth, (y + h / 2) / still.naturalHeight];

function kept(alert) {
  const { settings } = collect(form);
  const at = centre(alert);
  if (alert.score < settings.min_score || Math.min(alert.box[2], alert.box[3]) < settings.min_face_px) return false;
  if (zones.areas.exclude.some((area) => inside(at, area))) return false;
  return !zones.areas.include.length || zones.areas.include.some((area) => inside(at, area));
}

/** The smallest face as a square, and every recent alert as a dot: bright if these rules would keep it. */
function preview() {
  const side = (collect(form).settings.min_face_px / (still?.naturalWidth || 1920)) * 1600;
  const marks = [svg("rect", { class: "zone-face", x: 24, y: 24, width: side, height: side })];
  const verdicts = still ? alerts.map((alert) => [alert, kept(alert)]) : [];
  for (const [alert, good] of verdicts) {
    const [cx, cy] = zones.place(centre(alert));
    marks.push(svg("circle", { class: good ? "zone-hit" : "zone-miss", cx, cy, r: 5 / zones.scale }));
  }
  zones.extra.replaceChildren(...marks);
  const count = verdicts.filter(([, good]) => good).length;
  text(document.getElementById("zone-preview"), verdicts.length ? `Of the latest ${verdicts.length} alerts these rules would keep ${count}.` : "");
}

function startZones() {
  const ratio = still?.naturalWidth ? still.naturalWidth / still.naturalHeight : 16 / 9;
  const areas = Object.fromEntries(Object.entries(hidden).map(([kind, input]) => [kind, JSON.parse(input.value)]));
  zones = new Zones({ stage: document.getElementById("zone-stage"), list: document.getElementById("zone-list"), help: document.getElementById("zone-help"), areas, ratio });
  zones.addEventListener("change", () => {
    for (const [kind, input] of Object.entries(hidden)) input.value = JSON.stringify(zones.areas[kind]);
    preview();
  });
  for (const kind of ["include", "exclude"]) document.getElementById(`zone-${kind}`).addEventListener("click", () => zones.begin(kind));
  form.addEventListener("input", preview);
  preview();
}

async function pastAlerts() {
  if (!camera.id || !still) return;
  const page = await api("GET", `/api/alerts?camera_id=${camera.id}&limit=100`);
  alerts = page.items;
  preview();
}

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
for (const example of form.querySelectorAll("[data-example]")) {
  example.addEventListener("click", () => { const input = form.elements.source_url; input.value = example.dataset.example; input.focus(); });
}
document.getElementById("delete")?.addEventListener("click", remove);
apiForm(form, () => location.assign("/cameras"));
if (still && !still.complete) still.addEventListener("load", startZones, { once: true });
else startZones();
still?.addEventListener("error", () => { if (!zones) startZones(); }, { once: true });
pastAlerts().catch((problem) => toast(problem.message, "bad"));
