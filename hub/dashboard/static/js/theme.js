// Light, dark or as the system has it: kept in a cookie so that the server paints the right one at once.

import { swapIcon, text } from "./dom.js";

const NEXT = { "": "light", light: "dark", dark: "" };
const GLYPH = { "": "auto", light: "sun", dark: "moon" };

export const theme = () => document.documentElement.dataset.theme || "";

/** Use a theme now and on the next visit; "" follows the system. */
function useTheme(name) {
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  document.cookie = `watchpost_theme=${name}; path=/; max-age=${name ? 31536000 : 0}; samesite=lax`;
  for (const button of document.querySelectorAll("[data-theme-next]")) show(button);
  for (const choice of document.querySelectorAll("input[name=theme]")) choice.checked = choice.value === name;
}

function show(button) {
  swapIcon(button, GLYPH[theme()]);
  text(button.querySelector("[data-slot=theme]"), theme() || "auto");
}

export function startTheme() {
  for (const button of document.querySelectorAll("[data-theme-next]")) {
    show(button);
    button.addEventListener("click", () => useTheme(NEXT[theme()]));
  }
  for (const choice of document.querySelectorAll("input[name=theme]")) {
    choice.checked = choice.value === theme();
    choice.addEventListener("change", () => useTheme(choice.value));
  }
}
