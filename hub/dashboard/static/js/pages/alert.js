// One alert: the face marked and zoomed, keys for the next and the previous, the link to share.

import { pageData, set, svg } from "../dom.js";
import { startKeys } from "../keys.js";
import { startPage } from "../page.js";
import { toast } from "../toast.js";

const { alert } = pageData();
const stage = document.getElementById("stage");
const picture = document.getElementById("picture");
const MARGIN = 0.18;
const CORNER = 0.22;
const ZOOMED = 0.45;
const SMALL = 0.08; // a face below this part of the width is easily overlooked: it is marked from the start

function corners([x, y, w, h]) {
  const [mx, my] = [w * MARGIN, h * MARGIN];
  const [left, top, right, bottom] = [x - mx, y - my, x + w + mx, y + h + my];
  const arm = Math.min(w, h) * CORNER;
  return `M${left} ${top + arm}V${top}H${left + arm}M${right - arm} ${top}H${right}V${top + arm}M${right} ${bottom - arm}V${bottom}H${right - arm}M${left + arm} ${bottom}H${left}V${bottom - arm}`;
}

/** Mark the face once the picture's size is known: the box is in its pixels. */
function mark() {
  const { naturalWidth: width, naturalHeight: height } = picture;
  stage.style.setProperty("--ratio", width / height);
  const overlay = svg("svg", { class: "overlay", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, svg("path", { class: "corner", d: corners(alert.box) }));
  picture.parentElement.append(overlay);
  if (alert.box[2] / width > SMALL) ACTIONS.overlay();
}

function zoom(on) {
  set(document.getElementById("zoom"), "aria-pressed", String(on));
  const frame = picture.parentElement;
  const [x, y, w, h] = alert.box;
  const { naturalWidth: width, naturalHeight: height } = picture;
  const scale = on ? Math.max(1, ZOOMED * Math.min(width / w, height / h)) : 1;
  const shift = (centre, size) => (on ? `${(0.5 - centre / size) * 100 * scale}%` : "0%");
  frame.style.setProperty("--zoom", scale);
  frame.style.setProperty("scale", scale);
  frame.style.setProperty("translate", `${shift(x + w / 2, width)} ${shift(y + h / 2, height)}`);
}

const pressed = (id) => document.getElementById(id).getAttribute("aria-pressed") === "true";
const ACTIONS = {
  zoom: () => zoom(!pressed("zoom")),
  overlay: () => {
    const on = !pressed("overlay");
    set(document.getElementById("overlay"), "aria-pressed", String(on));
    stage.dataset.overlay = on ? "on" : "off";
  },
  "stage-full": () => (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen()),
};
const follow = (selector) => document.querySelector(selector)?.click();

startPage();
if (picture) {
  if (picture.complete && picture.naturalWidth) mark();
  else picture.addEventListener("load", mark, { once: true });
  for (const [id, action] of Object.entries(ACTIONS)) document.getElementById(id).addEventListener("click", action);
}
startKeys([
  { keys: ["ArrowLeft", "k"], label: "Newer", run: () => follow("[rel=prev]") },
  { keys: ["ArrowRight", "j"], label: "Older", run: () => follow("[rel=next]") },
  { keys: ["a"], label: "Acknowledge", run: () => follow("#acknowledge .btn-primary") },
  { keys: ["A"], label: "Acknowledge, then the next older", run: () => follow("#acknowledge [name=on]") },
  { keys: ["n"], label: "Write a note", run: () => document.getElementById("f-note")?.focus() },
  ...(picture ? [
    { keys: ["z"], label: "Zoom to the face", run: ACTIONS.zoom },
    { keys: ["b"], label: "Mark the face", run: ACTIONS.overlay },
    { keys: ["f"], label: "Full screen", run: ACTIONS["stage-full"] },
  ] : []),
  { keys: ["Escape"], label: "Back to the list", run: () => { if (!document.fullscreenElement) follow("#back"); } },
]);
document.getElementById("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(new URL(`/alerts/${alert.id}`, location.href).href);
    toast("The link is copied");
  } catch {
    toast("This browser does not let pages copy here; the address above is the link.", "info");
  }
});
