// The gallery of alerts: older ones on scrolling, new and late ones in their place, and nothing moves under the reader.

import { alertElement, fillAlert } from "./alert-view.js";
import { clone, el, slots } from "./dom.js";
import { News } from "./news.js";
import { midnight, sayTimes, timeElement } from "./time.js";

const MOST = 2000;

export class Gallery extends EventTarget {
  /** `element`: the list; `around`: where a pointer means reading; `more`: the way to older ones (null: none); `readAt`: when. */
  constructor({ element, around, more, names, query, readAt }) {
    super();
    Object.assign(this, { element, around, more, names, query, news: new News(readAt), held: new Map(), pointed: false });
    this.full = false;
    this.known = new Map([...element.querySelectorAll(".shot")].map((shot) => [shot.dataset.alert, shot]));
    this.listen();
  }

  get shots() { return [...this.element.querySelectorAll(".shot")]; }

  listen() {
    const calm = () => { if (!this.busy) this.release(); };
    this.around.addEventListener("pointerenter", (event) => { this.pointed = event.pointerType === "mouse"; });
    this.around.addEventListener("pointerleave", () => { this.pointed = false; calm(); });
    this.element.addEventListener("focusout", () => setTimeout(calm));
    document.addEventListener("scroll", calm, { passive: true });
    this.seeker = new IntersectionObserver((entries) => { if (entries.at(-1).isIntersecting) this.older(); }, { rootMargin: "800px" });
    if (this.more) this.seeker.observe(this.more);
  }

  /** Somebody reads here: scrolled away from the newest, pointing at one, or on one with the keyboard. */
  get busy() { return this.pointed || this.element.getBoundingClientRect().top < 0 || this.element.contains(document.activeElement); }

  // --- new ones

  /** Bring one that is shown up to date; false when it is not shown. */
  update(alert) {
    const element = this.known.get(alert.id);
    if (element) fillAlert(element, alert, this.names.of(alert));
    else if (this.held.has(alert.id)) this.held.set(alert.id, alert);
    return Boolean(element) || this.held.has(alert.id);
  }

  /** One that is not shown; true for a new one. Behind the end it comes with the older ones. */
  take(alert) {
    if (!this.reaches(alert)) return this.news.isNew(alert);
    this.held.set(alert.id, alert);
    if (!this.busy) this.release();
    this.dispatchEvent(new Event("held"));
    return true;
  }

  /** Whether its place is in the list as far as that goes: what is missing there is new. */
  reaches(alert) {
    if (!this.more?.isConnected) return true;
    const last = this.element.lastElementChild;
    return last ? Date.parse(alert.opened_at) >= timeOf(last) : this.news.came(alert);
  }

  release() {
    for (const alert of this.held.values()) this.insert(alert);
    this.held.clear();
    if (this.known.size > MOST) this.trim();
    this.dispatchEvent(new Event("held"));
  }

  insert(alert) {
    const element = alertElement("t-shot", alert, this.names.of(alert), { style: "clock", href: `/alerts/${alert.id}${this.query}` });
    element.dataset.fresh = "";
    element.addEventListener("animationend", () => delete element.dataset.fresh, { once: true });
    const behind = this.shots.find((shot) => timeOf(shot) < Date.parse(alert.opened_at));
    const day = dayHead(alert.opened_at);
    const head = behind && headOf(behind);
    if (head && dayOf(head) === dayOf(day)) behind.before(element);
    else {
      const before = head ? head.previousElementSibling : this.element.lastElementChild;
      const place = (item) => (head ? head.before(item) : this.element.append(item));
      if (!before || dayOf(headOf(before)) !== dayOf(day)) place(day);
      place(element);
    }
    this.known.set(alert.id, element);
  }

  /** The oldest go; what was there and beyond is another list, which repeats what began in the same millisecond. */
  trim() {
    for (let last = this.element.lastElementChild; this.known.size > MOST || last.matches(".gallery-day"); last = this.element.lastElementChild) {
      this.known.delete(last.dataset.alert);
      last.remove();
    }
    const search = new URLSearchParams(this.query);
    search.set("until", new Date(timeOf(this.element.lastElementChild) + 1).toISOString());
    this.more ||= el("div", { class: "pager", id: "more" });
    this.more.replaceChildren(el("a", { class: "btn", href: `/alerts?${search}`, rel: "next" }, "Older alerts"));
    this.element.after(this.more);
    this.full = true;
  }

  // --- older ones: the next page of the very same list, its entries taken over into this one

  async older() {
    if (this.loading || this.full) return;
    this.loading = true;
    try {
      const response = await fetch(this.more.querySelector("a").href, { headers: { Accept: "text/html" } });
      if (!response.ok || response.redirected) throw new Error();
      this.takeOver(new DOMParser().parseFromString(await response.text(), "text/html"));
    } catch {
      this.seeker.disconnect(); // the link is still there to be followed
    }
    this.loading = false;
  }

  takeOver(page) {
    if (this.full) return; // its end is another by now
    const items = [...page.querySelectorAll("#gallery > li")].map((item) => document.adoptNode(item));
    sayTimes(items);
    const last = [...this.element.querySelectorAll(".gallery-day")].at(-1);
    const told = (item) => last && item.matches(".gallery-day") && dayOf(item) === dayOf(last);
    const added = items.filter((item) => !this.known.has(item.dataset.alert) && !told(item));
    for (const item of added) if (item.dataset.alert) this.known.set(item.dataset.alert, item);
    this.element.append(...added);
    const next = page.querySelector("#more a");
    if (!next && !this.known.size) {
      this.element.replaceWith(...page.querySelectorAll("#results > .card"));
      this.dispatchEvent(new Event("nothing"));
    }
    if (!next) {
      this.more.remove();
      return;
    }
    this.more.replaceChildren(document.adoptNode(next));
    this.full = this.known.size >= MOST;
    this.seeker.unobserve(this.more);
    requestAnimationFrame(() => this.seeker.observe(this.more)); // it may have stayed in view
  }
}

const timeOf = (item) => Date.parse(item.querySelector("time").dateTime);
const dayOf = (head) => midnight(new Date(timeOf(head))).getTime();

function headOf(item) {
  let element = item;
  while (!element.matches(".gallery-day")) element = element.previousElementSibling;
  return element;
}

function dayHead(opened_at) {
  const head = clone("t-day");
  slots(head).day.append(timeElement(opened_at, "day"));
  return head;
}
