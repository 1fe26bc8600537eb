// What every page starts: times, numbers, theme, menus.

import { formToken, refresh } from "./api.js";
import { startLost } from "./lost.js";
import { startMenus } from "./menu.js";
import { startReveal } from "./reveal.js";
import { startTheme } from "./theme.js";
import { keepTimes } from "./time.js";

const RENEW_MS = 10 * 60 * 1000; // access tokens last a quarter of an hour

/** Keep the session alive while the page is open, and the hidden tokens of plain forms true. */
function keepSession() {
  setInterval(() => refresh().catch(() => {}), RENEW_MS); // no answer now: the next request tells
  document.addEventListener("submit", ({ target }) => {
    const token = target.elements.csrf_token;
    if (token) token.value = formToken();
  });
}

/** A whole number as the viewer is used to. */
export const count = (value) => new Intl.NumberFormat().format(value);

export function sayNumbers(root = document) {
  for (const element of root.querySelectorAll("data.num")) element.textContent = count(element.value);
}

export function startPage() {
  sayNumbers();
  keepSession();
  keepTimes();
  startLost();
  startTheme();
  startMenus();
  startReveal();
}
