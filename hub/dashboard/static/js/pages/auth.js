// Log-in and first set-up work without this; it lets one see the typed password and stops a second click.

import { set } from "../dom.js";

for (const button of document.querySelectorAll(".js-reveal")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const input = button.parentElement.querySelector("input");
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    set(button, "aria-pressed", String(!shown));
    set(button, "aria-label", shown ? "Show password" : "Hide password");
  });
}
for (const form of document.forms) {
  form.addEventListener("submit", () => set(form.querySelector("button.btn-primary"), "aria-busy", "true"));
}
addEventListener("pageshow", () => { for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy"); });
(document.querySelector("[aria-invalid]") || document.querySelector("input:not([type=hidden])[value='']"))?.focus();
