// Parts of a page that the server paints again: every element with an id and data-live is replaced by its newest self.

import { pageData } from "./dom.js";
import { busy } from "./fresh.js";
import { sayNumbers } from "./page.js";
import { sayTimes } from "./time.js";

const SOON_MS = 1500;
const EVERY_MS = 60000;
const REACHED = "a, button, summary";

async function newest() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  return response.ok && !response.redirected ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
}

function paint(page) {
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh || fresh.isEqualNode(old)) continue;
    const keyed = old.contains(document.activeElement) ? counterpart(old, fresh) : null;
    if (keyed === undefined) continue; // gone: not from under the keyboard
    document.adoptNode(fresh);
    sayTimes([fresh]);
    sayNumbers(fresh);
    const open = [...old.querySelectorAll("details")].map((section) => section.open);
    fresh.querySelectorAll("details").forEach((section, index) => { section.open = open[index] ?? section.open; });
    old.replaceWith(fresh);
    keyed?.focus({ preventScroll: true });
  }
}

/** What in the newest self of a part is called as what has the keyboard in the old one. */
function counterpart(old, fresh) {
  const name = (element) => `${element.tagName} ${element.ariaLabel || element.textContent}`;
  const alike = (part) => [...part.querySelectorAll(REACHED)].filter((element) => name(element) === name(document.activeElement));
  return alike(fresh)[alike(old).indexOf(document.activeElement)];
}

/** Keep them fresh: now and then, and soon after `soon()` was called; `read` gets the newest data of the page. */
export function keepFresh(read) {
  let timer = 0;
  const soon = () => { timer ||= setTimeout(now, SOON_MS); };
  async function now() {
    timer = 0;
    if (document.hidden) return;
    const page = busy() ? null : await newest().catch(() => null); // no answer: the banner tells
    if (busy()) soon();
    else if (page) {
      paint(page);
      read?.(pageData(page));
    }
  }
  setInterval(now, EVERY_MS);
  document.addEventListener("visibilitychange", now);
  return { soon };
}
