// Filling one alert's element, in the feed or in the gallery, from the API's item.

import { clone, icon, picture, set, slots, text } from "./dom.js";
import { duration, timeElement } from "./time.js";

const LATE_S = 60;

export const percent = (score) => `${Math.round(score * 100)} %`;
const crop = (url) => `${url}${url.includes("?") ? "&" : "?"}crop=1`;
const faces = (count) => (count > 1 ? `${count} faces` : "");

/** Whether the person of this visit is still there. */
const isHere = (alert) => !alert.closed_at && Date.now() - Date.parse(alert.opened_at) < 15 * 60 * 1000;

const delayText = (alert) => (alert.delayed_s >= LATE_S ? `delayed ${duration(alert.delayed_s)}` : "");

/** An element for an alert from a template; `href` is where it leads. */
export function alertElement(template, alert, camera, { style, href }) {
  const element = clone(template);
  element.querySelector("a").setAttribute("href", href);
  slots(element).time.replaceChildren(timeElement(alert.opened_at, style));
  fillAlert(element, alert, camera);
  return element;
}

/** Bring an element up to date with its alert. */
export function fillAlert(element, alert, camera) {
  const parts = slots(element);
  element.dataset.alert = alert.id;
  set(element, "data-acknowledged", Boolean(alert.acknowledged_by));
  picture(parts.frame, alert.snapshot_url);
  picture(parts.crop, alert.snapshot_url && crop(alert.snapshot_url));
  text(parts.name, camera.name);
  text(parts.place, camera.location);
  text(parts.score, parts.faces || alert.faces < 2 ? percent(alert.score) : `${percent(alert.score)} · ${faces(alert.faces)}`);
  text(parts.faces, faces(alert.faces));
  parts.now.hidden = !isHere(alert);
  tellDelay(parts, delayText(alert));
  if (parts.seen) { parts.seen.hidden = !alert.acknowledged_by; text(parts.by, alert.acknowledged_by || ""); }
}

/** Most are not late: their thousand icons are never made. */
function tellDelay({ delayed, delay }, late) {
  delayed.hidden = !late;
  text(delay, late);
  if (late && !delayed.querySelector(".icon")) delayed.prepend(icon("clock"));
}

/** What an alert's camera is called, also after it was deleted. */
export function cameraNames(cameras) {
  const known = new Map(cameras.map((camera) => [camera.id, camera]));
  return {
    known,
    of: (alert) => known.get(alert.camera_id) || { name: `Camera ${alert.camera_id} (deleted)`, location: "" },
  };
}
