// Passwords can be looked at while they are typed.

import { set } from "./dom.js";

export function startReveal() {
  for (const button of document.querySelectorAll(".js-reveal")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const input = button.parentElement.querySelector("input");
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      set(button, "aria-pressed", String(!shown));
    });
  }
}
