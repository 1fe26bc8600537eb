// A new device, or a new key for an old one: the commands with the token, shown once.

import { slots, text } from "./dom.js";
import { toast } from "./toast.js";

/** Fill in the commands that enrol `device` (id, name) with `token`. */
export function tell(host, { id, name }, token) {
  const parts = slots(host);
  text(parts.name, name);
  text(parts.command, `watchpost-edge enroll --hub ${location.origin} --token ${token}`);
  text(parts.card, `watchpost-provision card --image raspios.img --name ${id} --hub ${location.origin} --token ${token}`);
}

/** The copy buttons below an element; a browser that does not let pages copy says so. */
export function startCopying(host) {
  for (const button of host.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(slots(host)[button.dataset.copy].textContent);
        toast("Copied");
      } catch {
        toast("This browser does not let pages copy here; mark the text and copy it.", "info");
      }
    });
  }
}
