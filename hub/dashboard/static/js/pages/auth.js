// Log-in and first set-up work without this; it goes on with a session that is still good and stops a second click.

import { refresh } from "../api.js";
import { set } from "../dom.js";
import { startReveal } from "../reveal.js";

/** The access token of an open session lasts a quarter of an hour; after that a page finds nobody logged in. */
async function resume(form) {
  set(form.querySelector(".btn-primary"), "aria-busy", "true");
  const good = await refresh().catch(() => false);
  if (good) location.replace(form.elements.next.value || "/");
  set(form.querySelector(".btn-primary"), "aria-busy", null);
}

startReveal();
for (const form of document.forms) {
  form.addEventListener("submit", () => set(form.querySelector(".btn-primary"), "aria-busy", "true"));
  if ("resume" in form.dataset) resume(form);
}
addEventListener("pageshow", (event) => { if (event.persisted) for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy"); });
(document.querySelector("[aria-invalid]") || document.querySelector("input:not([type=hidden])[value='']"))?.focus();
