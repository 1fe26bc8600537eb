// What every page starts: times, numbers, theme, menus.

import { startLost } from "./lost.js";
import { startMenus } from "./menu.js";
import { startReveal } from "./reveal.js";
import { keepSession } from "./session.js";
import { startTheme } from "./theme.js";
import { keepTimes } from "./time.js";

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
