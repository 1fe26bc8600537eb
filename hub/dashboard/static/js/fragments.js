// Parts of a page that the server paints again: every element with an id and data-live is replaced by its newest self.

import { pageData } from "./dom.js";
import { sayNumbers } from "./page.js";
import { sayTimes } from "./time.js";

const SOON_MS = 1500;
const EVERY_MS = 60000;

async function repaint(read) {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh || fresh.isEqualNode(old) || old.contains(document.activeElement)) continue;
    document.adoptNode(fresh);
    sayTimes([fresh]);
    sayNumbers(fresh);
    old.replaceWith(fresh);
  }
  await read?.(pageData(page));
}

/** Keep them fresh: now and then, and soon after `soon()` was called; `read` gets the newest data of the page. */
export function keepFresh(read) {
  let timer = 0;
  const now = () => { timer = 0; if (!document.hidden) repaint(read).catch(() => {}); }; // no answer: the banner tells
  setInterval(now, EVERY_MS);
  document.addEventListener("visibilitychange", now);
  return { soon: () => { timer ||= setTimeout(now, SOON_MS); } };
}
