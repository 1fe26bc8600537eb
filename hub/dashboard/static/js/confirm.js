// "Really?": one dialog that names what will be gone; resolves to true or false.

import { slots, text } from "./dom.js";

/** Ask before something that cannot be undone; `calm` for what does no harm. */
export function confirmed({ title, detail, action, calm = false }) {
  const dialog = document.getElementById("confirm");
  const parts = slots(dialog);
  text(parts.title, title);
  text(parts.text, detail);
  text(parts.yes, action);
  parts.yes.className = calm ? "btn btn-primary" : "btn btn-danger";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
