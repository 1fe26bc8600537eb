// How many alerts when: bars by hour or day, drawn from the rollup; dragging (or the keyboard) picks a time.

import { api } from "./api.js";
import { el, svg, text } from "./dom.js";
import { count as figure } from "./page.js";
import { clock, day, hourMinute, moment, shortDay } from "./time.js";

const HOUR = 3600000;
const SIZE = { hour: HOUR, day: 24 * HOUR };
const HEIGHT = 100;
const TICK_PX = 84;

/** Owns a plot. `range`: [from, to] in ms; events: `pick` (detail: {since, until} as ISO text). */
export class Timeline extends EventTarget {
  constructor({ plot, ticks, range, bucket, picked = null }) {
    super();
    Object.assign(this, { plot, ticks, bucket, picked });
    this.size = SIZE[bucket];
    this.from = Math.floor(range[0] / this.size) * this.size;
    this.to = Math.ceil(range[1] / this.size) * this.size;
    this.counts = new Map();
    this.anchor = null;
    this.scale = el("span", { class: "timeline-scale", "aria-hidden": "true" });
    this.tip = el("output", { class: "timeline-tip", hidden: true });
    this.band = el("div", { class: "timeline-band", hidden: true });
    this.listen();
  }

  /** The counts of some cameras together, or of all (null). */
  async load(cameras) {
    this.draw();
    const time = { bucket: this.bucket, since: iso(this.from), until: iso(this.to) };
    const searches = cameras ? cameras.map((camera_id) => ({ ...time, camera_id })) : [time];
    const answers = await Promise.all(searches.map((search) => api("GET", `/api/stats/alerts?${new URLSearchParams(search)}`)));
    for (const { at, alerts } of answers.flatMap((answer) => answer.items)) this.add(Date.parse(at), alerts);
    this.draw();
  }

  add(at, count) {
    const start = Math.floor(at / this.size) * this.size;
    this.counts.set(start, (this.counts.get(start) || 0) + count);
  }

  /** One more, without asking again. */
  more(at) {
    this.add(at, 1);
    this.draw();
  }

  get buckets() { return Math.round((this.to - this.from) / this.size); }

  draw() {
    const highest = Math.max(0, ...this.counts.values());
    const most = Math.max(1, highest);
    const bars = [];
    for (let index = 0; index < this.buckets; index += 1) {
      const start = this.from + index * this.size;
      const count = this.counts.get(start) || 0;
      if (count) bars.push(this.bar(index, start, Math.max(3, (count / most) * HEIGHT)));
    }
    const axis = svg("path", { class: "axis", d: `M0 ${HEIGHT}H${this.buckets}` });
    const picture = svg("svg", { viewBox: `0 0 ${this.buckets} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, axis, ...bars);
    text(this.scale, highest ? figure(highest) : "");
    this.plot.replaceChildren(picture, this.scale, this.band, this.tip);
    this.showBand(this.picked);
    this.drawTicks();
  }

  bar(index, start, height) {
    const out = this.picked && (start + this.size <= this.picked[0] || start >= this.picked[1]);
    return svg("rect", { class: out ? "bar bar-dim" : "bar", x: index + 0.12, y: HEIGHT - height, width: 0.76, height });
  }

  drawTicks() {
    const width = this.plot.clientWidth || 600;
    const marks = [];
    let last = -Infinity;
    for (const when of this.tickTimes()) {
      const at = (when - this.from) / (this.to - this.from);
      if ((at - last) * width < TICK_PX || at * width < TICK_PX / 3 || (1 - at) * width < TICK_PX / 3) continue;
      last = at;
      const span = el("span", {}, when.getHours() ? hourMinute(when) : shortDay(when));
      span.style.setProperty("--at", at);
      marks.push(span);
    }
    this.ticks.replaceChildren(...marks);
  }

  /** The viewer's midnights, and in a short range every third hour. */
  *tickTimes() {
    const step = this.to - this.from > 36 * HOUR ? 24 : 3;
    const when = new Date(this.from);
    when.setHours(0, 0, 0, 0);
    for (; when < this.to; when.setHours(when.getHours() + step)) if (when >= this.from) yield new Date(when);
  }

  // --- picking

  listen() {
    const { plot } = this;
    plot.tabIndex = 0;
    plot.setAttribute("role", "application");
    plot.setAttribute("aria-label", "Alerts over time. Arrow keys move through it, Shift and arrows pick a time, Enter shows it.");
    plot.addEventListener("pointerdown", (event) => this.start(event));
    plot.addEventListener("pointermove", (event) => this.over(event));
    plot.addEventListener("pointerup", (event) => this.end(event));
    plot.addEventListener("pointercancel", () => this.cancel());
    plot.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    plot.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.drawTicks()).observe(plot);
  }

  at(event) {
    const box = this.plot.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return Math.min(this.buckets - 1, Math.floor(part * this.buckets));
  }

  start(event) {
    if (event.button) return;
    this.plot.setPointerCapture(event.pointerId);
    this.anchor = this.at(event);
  }

  over(event) {
    const index = this.at(event);
    this.showTip(index);
    if (this.anchor !== null) this.showBand(this.span(this.anchor, index));
  }

  end(event) {
    if (this.anchor === null) return;
    const span = this.span(this.anchor, this.at(event));
    this.anchor = null;
    this.pick(...span);
  }

  cancel() {
    this.anchor = null;
    this.showBand(this.picked);
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Enter" && this.keyed !== undefined) this.pick(...this.span(this.keyAnchor ?? this.keyed, this.keyed));
    if (!by) return;
    event.preventDefault();
    const before = this.keyed ?? this.buckets;
    this.keyed = Math.min(this.buckets - 1, Math.max(0, before + by));
    this.keyAnchor = event.shiftKey ? this.keyAnchor ?? before : this.keyed;
    this.showTip(this.keyed);
    this.showBand(this.span(this.keyAnchor, this.keyed));
  }

  span(one, other) {
    const [first, last] = [Math.min(one, other), Math.max(one, other)];
    return [this.from + first * this.size, this.from + (last + 1) * this.size];
  }

  pick(from, to) {
    this.picked = [from, to];
    this.dispatchEvent(new CustomEvent("pick", { detail: { since: iso(from), until: iso(to) } }));
  }

  showBand(span) {
    this.band.hidden = !span;
    if (!span) return;
    const part = (time) => Math.min(1, Math.max(0, (time - this.from) / (this.to - this.from)));
    this.band.style.setProperty("--from", part(span[0]));
    this.band.style.setProperty("--to", part(span[1]));
  }

  showTip(index) {
    const start = this.from + index * this.size;
    const count = this.counts.get(start) || 0;
    const when = this.bucket === "day" ? day(new Date(start)) : moment(new Date(start));
    text(this.tip, `${when}: ${count} alert${count === 1 ? "" : "s"}`);
    this.tip.style.setProperty("--at", Math.min(0.94, Math.max(0.06, (index + 0.5) / this.buckets)));
    this.tip.hidden = false;
  }
}

const iso = (time) => new Date(time).toISOString();

/** A picked span as people read it. */
export function spanText([from, to]) {
  const [start, end] = [new Date(from), new Date(to)];
  return day(start) === day(end) ? `${moment(start)} to ${clock(end).slice(0, 5)}` : `${moment(start)} to ${moment(end)}`;
}
