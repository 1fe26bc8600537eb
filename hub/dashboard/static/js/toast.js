// Short messages at the edge of the page; read aloud, gone after a while, held while the pointer is on them.

import { clone, slots, swapIcon, text } from "./dom.js";

const STAY_MS = 6000;
const GLYPH = { ok: "check", bad: "warning", info: "info" };

/** Say something; tone is ok, bad or info. */
export function toast(message, tone = "ok") {
  const host = document.getElementById("toasts");
  const element = clone("t-toast");
  element.dataset.tone = tone;
  swapIcon(element, GLYPH[tone]);
  text(slots(element).text, message);
  const gone = () => { element.remove(); if (!host.childElementCount) host.hidePopover(); };
  element.querySelector("button").addEventListener("click", gone);
  let timer = setTimeout(gone, STAY_MS);
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("pointerleave", () => { timer = setTimeout(gone, STAY_MS); });
  host.append(element);
  if (!host.matches(":popover-open")) host.showPopover();
}
