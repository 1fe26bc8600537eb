// Times as people read them, in the viewer's zone; hub/dashboard/times.py says the same things on the first paint.

import { el, text } from "./dom.js";

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"]];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const two = (number) => String(number).padStart(2, "0");

/** A length of time in its largest whole unit. */
export function duration(seconds) {
  for (const [size, unit] of UNITS) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.max(0, Math.floor(seconds))} s`;
}

export function ago(then, now = new Date()) {
  const seconds = (now - then) / 1000;
  return seconds < 5 ? "just now" : `${duration(seconds)} ago`;
}

export function clock(then) {
  return `${two(then.getHours())}:${two(then.getMinutes())}:${two(then.getSeconds())}`;
}

export function hourMinute(then) {
  return `${two(then.getHours())}:${two(then.getMinutes())}`;
}

/** Where a moment's day begins, or one some days later. */
export const midnight = (then, later = 0) => new Date(then.getFullYear(), then.getMonth(), then.getDate() + later);

export function day(then, now = new Date()) {
  const days = Math.round((midnight(now) - midnight(then)) / 86400000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const date = `${then.getDate()} ${MONTHS[then.getMonth()]}`;
  return then.getFullYear() === now.getFullYear() ? `${DAYS[then.getDay()]} ${date}` : `${date} ${then.getFullYear()}`;
}

/** A day in the least room. */
export const shortDay = (then) => `${DAYS[then.getDay()].slice(0, 3)} ${then.getDate()}`;

export function moment(then, now = new Date()) {
  return midnight(then).getTime() === midnight(now).getTime() ? hourMinute(then) : `${day(then, now)}, ${hourMinute(then)}`;
}

const STYLES = { ago, clock, moment, day };

/** A <time> element that keeps itself up to date. */
export function timeElement(value, style) {
  const element = el("time", { datetime: value, "data-as": style });
  say(element, new Date());
  return element;
}

const read = new WeakMap(); // parsing a thousand times every few seconds would be felt

function say(element, now) {
  const known = read.get(element);
  const then = known ?? new Date(element.dateTime);
  if (!known) read.set(element, then);
  text(element, STYLES[element.dataset.as](then, now));
}

/** Put the times of some elements into the viewer's zone. */
export function sayTimes(elements) {
  const now = new Date();
  for (const element of elements) for (const time of element.querySelectorAll("time[data-as]")) say(time, now);
}

/** Put every time of the page into the viewer's zone, then keep the relative ones true, and all when a day ends. */
export function keepTimes() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.cookie = `watchpost_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
  let today = 0;
  const tell = () => {
    const now = new Date();
    const same = midnight(now).getTime() === today;
    for (const element of document.querySelectorAll(same ? 'time[data-as="ago"]' : "time[data-as]")) say(element, now);
    today = midnight(now).getTime();
  };
  tell();
  document.addEventListener("pointerover", ({ target }) => {
    const time = target.closest("time[data-as]");
    if (time && !time.title) time.title = new Date(time.dateTime).toLocaleString();
  });
  setInterval(() => { if (!document.hidden) tell(); }, 5000);
}
