// The live feed: newest first, late ones in their place, and nothing ever moves under the pointer.

import { api } from "./api.js";
import { alertElement, fillAlert } from "./alert-view.js";
import { text } from "./dom.js";
import { News } from "./news.js";

const MOST = 1000;
const PAGE = 50;
const AGAIN_MS = 3000;

export class Feed {
  constructor({ root, alerts, nextCursor, names }) {
    this.names = names;
    this.list = root.querySelector("#feed-list");
    this.scroller = root.querySelector("#feed-scroll");
    this.pill = root.querySelector("#feed-new");
    this.nothing = root.querySelector("#feed-empty");
    this.more = root.querySelector("#feed-more");
    this.from = nextCursor;
    this.cut = false; // whether the end was dropped
    this.news = new News(Math.max(...alerts.map((alert) => Date.parse(alert.received_at))));
    this.entries = new Map();
    this.held = new Map();
    this.pointed = false;
    alerts.forEach((alert, index) => this.entries.set(alert.id, { alert, element: this.list.children[index] }));
    this.listen();
  }

  listen() {
    const calm = () => { if (!this.busy) this.release(); };
    this.scroller.addEventListener("pointerenter", (event) => { this.pointed = event.pointerType === "mouse"; });
    this.scroller.addEventListener("pointerleave", () => { this.pointed = false; setTimeout(calm); }); // not in the task that paints
    this.scroller.addEventListener("focusout", () => setTimeout(calm));
    this.scroller.addEventListener("scroll", calm, { passive: true });
    document.addEventListener("scroll", calm, { passive: true });
    this.pill.querySelector("button").addEventListener("click", () => this.toTop());
    this.more.hidden = !this.from;
    this.seeker = new IntersectionObserver((entries) => { if (entries.at(-1).isIntersecting) this.older(); }, { rootMargin: "400px" });
    this.seek();
  }

  /** Somebody is reading here: scrolled away from the newest, pointing at one, or on one with the keyboard. */
  get busy() {
    const top = Math.max(0, this.scroller.getBoundingClientRect().top);
    const scrolled = this.list.getBoundingClientRect().top < top - 4;
    return scrolled || this.pointed || this.list.contains(document.activeElement);
  }

  /** An alert that opened, changed or closed; true for a new one. Behind the end it comes with the older ones. */
  take(alert) {
    const entry = this.entries.get(alert.id);
    if (entry) {
      entry.alert = alert;
      fillAlert(entry.element, alert, this.names.of(alert));
      return false;
    }
    if (!this.reaches(alert)) return this.news.isNew(alert);
    const fresh = !this.held.has(alert.id);
    this.held.set(alert.id, alert);
    if (this.busy) this.count();
    else this.release();
    return fresh;
  }

  /** Whether its place is in the list as far as that goes: what is missing there is new. */
  reaches(alert) {
    const last = this.entries.get(this.list.lastElementChild?.dataset.alert);
    return !last || (!this.from && !this.cut) || Date.parse(alert.opened_at) >= Date.parse(last.alert.opened_at);
  }

  release() {
    if (!this.held.size) return;
    const waiting = [...this.held.values()].sort((a, b) => Date.parse(a.opened_at) - Date.parse(b.opened_at));
    this.held.clear();
    for (const alert of waiting.slice(-MOST)) this.insert(alert);
    while (this.list.childElementCount > MOST) this.drop(this.list.lastElementChild);
    this.nothing.hidden = true;
    this.count();
  }

  insert(alert) {
    const element = alertElement("t-feed-item", alert, this.names.of(alert), { style: "ago", href: `/alerts/${alert.id}` });
    element.dataset.fresh = "";
    element.addEventListener("animationend", () => delete element.dataset.fresh, { once: true });
    this.list.insertBefore(element, this.firstOlder(Date.parse(alert.opened_at)));
    this.entries.set(alert.id, { alert, element });
  }

  firstOlder(openedAt) {
    let element = this.list.firstElementChild;
    while (element && Date.parse(this.entries.get(element.dataset.alert).alert.opened_at) > openedAt) element = element.nextElementSibling;
    return element;
  }

  drop(element) {
    this.entries.delete(element.dataset.alert);
    element.remove();
    this.from = null; // the tail is no longer what the cursor follows
    this.cut = true;
    this.more.hidden = true;
  }

  /** On to another visit with the keyboard. */
  walk(by) {
    const items = [...this.list.children];
    const at = items.findIndex((item) => item.contains(document.activeElement));
    items[Math.min(items.length - 1, Math.max(0, at + by))]?.querySelector("a").focus();
  }

  /** The visit that has the keyboard, if one has. */
  get keyed() { return this.entries.get(document.activeElement.closest(".feed-item")?.dataset.alert)?.alert; }

  count() {
    this.pill.hidden = !this.held.size;
    if (this.held.size) text(this.pill.querySelector("[data-slot=count]"), `${this.held.size} new`);
  }

  toTop() {
    this.pointed = false;
    if (this.list.contains(document.activeElement)) document.activeElement.blur();
    this.release();
    this.scroller.scrollTo({ top: 0 });
    if (this.list.getBoundingClientRect().top < 0) this.list.scrollIntoView();
  }

  /** Look whether the end is in view: an observer tells of changes only, and the end may have stayed where it was. */
  seek() {
    this.seeker.unobserve(this.more);
    this.seeker.observe(this.more);
  }

  async older() {
    if (!this.from || this.loading || this.entries.size >= MOST) return;
    this.loading = true;
    try {
      const search = new URLSearchParams({ limit: PAGE, cursor: this.from });
      const page = await api("GET", `/api/alerts?${search}`);
      this.append(page.items);
      this.from = page.next_cursor;
      requestAnimationFrame(() => this.seek());
    } catch {
      setTimeout(() => this.seek(), AGAIN_MS);
    }
    this.more.hidden = !this.from || this.entries.size >= MOST;
    this.loading = false;
  }

  append(alerts) {
    const added = alerts.filter((alert) => !this.entries.has(alert.id));
    const elements = added.map((alert) => {
      const element = alertElement("t-feed-item", alert, this.names.of(alert), { style: "ago", href: `/alerts/${alert.id}` });
      this.entries.set(alert.id, { alert, element });
      return element;
    });
    this.list.append(...elements);
  }
}
