// What every page starts: times, theme, menus.

import { startMenus } from "./menu.js";
import { startTheme } from "./theme.js";
import { keepTimes } from "./time.js";

export function startPage() {
  keepTimes();
  startTheme();
  startMenus();
  for (const part of document.querySelectorAll(".js-only")) part.hidden = false;
}
