// How many alerts when: bars by hour or the viewer's day, from the rollup's hours; dragging (or the keyboard) picks a time.

import { api } from "./api.js";
import { el, svg, text } from "./dom.js";
import { count as figure } from "./page.js";
import { clock, day, hourMinute, midnight, moment, shortDay } from "./time.js";

const HOUR = 3600000;
/** Where the bar of a moment begins, and `by` bars later; days differ in length where clocks are changed. */
const BARS = {
  hour: { barOf: (time) => Math.floor(time / HOUR) * HOUR, step: (start, by) => start + by * HOUR },
  day: { barOf: (time) => midnight(new Date(time)).getTime(), step: (start, by) => midnight(new Date(start), by).getTime() },
};
const HEIGHT = 100;
const TICK_PX = 84;

/** Owns a plot. `range`: [from, to] in ms; events: `pick` (detail: {since, until} as ISO text). */
export class Timeline extends EventTarget {
  constructor({ plot, ticks, range, bucket, picked = null }) {
    super();
    Object.assign(this, { plot, ticks, bucket, picked, shown: picked, ...BARS[bucket] });
    this.span(range);
    this.counts = new Map();
    this.anchor = null;
    this.scale = el("span", { class: "timeline-scale", "aria-hidden": "true" });
    this.tip = el("output", { class: "timeline-tip", hidden: true });
    this.band = el("div", { class: "timeline-band", hidden: true });
    this.listen();
  }

  /** Show whole bars, so that all of a range is in them. */
  span([from, to]) {
    this.starts = [];
    for (let start = this.barOf(from); start < to; start = this.step(start, 1)) this.starts.push(start);
    this.from = this.starts[0];
    this.to = this.step(this.starts.at(-1), 1);
  }

  /** The counts of some cameras together, or of all (null). */
  async load(cameras) {
    this.draw();
    const time = { bucket: "hour", since: iso(this.from), until: iso(this.to) };
    const searches = cameras ? cameras.map((camera_id) => ({ ...time, camera_id })) : [time];
    const answers = await Promise.all(searches.map((search) => api("GET", `/api/stats/alerts?${new URLSearchParams(search)}`)));
    this.counts.clear();
    for (const { at, alerts } of answers.flatMap((answer) => answer.items)) this.add(Date.parse(at), alerts);
    this.draw();
  }

  add(at, count) {
    const start = this.barOf(at);
    this.counts.set(start, (this.counts.get(start) || 0) + count);
  }

  /** One more, without asking again. */
  more(at) {
    this.add(at, 1);
    this.draw();
  }

  /** Time has gone on: as many bars as before, up to now. */
  reach(now) {
    if (now < this.to) return;
    const past = this.step(this.barOf(now), 1);
    this.span([this.step(past, -this.starts.length), past]);
  }

  draw() {
    const counted = this.starts.map((start) => this.counts.get(start) || 0);
    const highest = Math.max(0, ...counted);
    const bars = counted.map((count, index) => count && this.bar(index, Math.max(3, (count / highest) * HEIGHT))).filter(Boolean);
    const axis = svg("path", { class: "axis", d: `M0 ${HEIGHT}H${counted.length}` });
    const picture = svg("svg", { viewBox: `0 0 ${counted.length} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, axis, ...bars);
    text(this.scale, highest ? figure(highest) : "");
    this.plot.replaceChildren(picture, this.scale, this.band, this.tip);
    this.showBand(this.shown);
    this.drawTicks();
  }

  bar(index, height) {
    const start = this.starts[index];
    const out = this.picked && (this.step(start, 1) <= this.picked[0] || start >= this.picked[1]);
    const [x, wide] = [this.part(start), this.part(this.step(start, 1)) - this.part(start)].map((part) => part * this.starts.length);
    return svg("rect", { class: out ? "bar bar-dim" : "bar", x: x + 0.12 * wide, y: HEIGHT - height, width: 0.76 * wide, height });
  }

  /** Where a time is, from 0 to 1. */
  part(time) { return Math.min(1, Math.max(0, (time - this.from) / (this.to - this.from))); }

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

  /** Where the bar under the pointer begins. */
  at(event) {
    const box = this.plot.getBoundingClientRect();
    const time = this.from + ((event.clientX - box.left) / box.width) * (this.to - this.from);
    return this.within(this.barOf(time));
  }

  within(start) { return Math.min(this.starts.at(-1), Math.max(this.from, start)); }

  start(event) {
    if (event.button) return;
    this.plot.setPointerCapture(event.pointerId);
    this.anchor = this.at(event);
  }

  over(event) {
    const start = this.at(event);
    this.showTip(start);
    if (this.anchor !== null) this.showBand(this.between(this.anchor, start));
  }

  end(event) {
    if (this.anchor === null) return;
    const span = this.between(this.anchor, this.at(event));
    this.anchor = null;
    this.pick(...span);
  }

  cancel() {
    this.anchor = null;
    this.showBand(this.picked);
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Enter" && this.keyed !== undefined) this.pick(...this.between(this.keyAnchor ?? this.keyed, this.keyed));
    if (!by) return;
    event.preventDefault();
    const before = this.keyed ?? this.to;
    this.keyed = this.within(this.step(before, by));
    this.keyAnchor = event.shiftKey ? this.keyAnchor ?? this.within(before) : this.keyed;
    this.showTip(this.keyed);
    this.showBand(this.between(this.keyAnchor, this.keyed));
  }

  /** From the first to the end of the last of two bars. */
  between(one, other) { return [Math.min(one, other), this.step(Math.max(one, other), 1)]; }

  pick(from, to) {
    this.picked = [from, to];
    this.dispatchEvent(new CustomEvent("pick", { detail: { since: iso(from), until: iso(to) } }));
  }

  showBand(span) {
    this.shown = span;
    this.band.hidden = !span;
    if (!span) return;
    this.band.style.setProperty("--from", this.part(span[0]));
    this.band.style.setProperty("--to", this.part(span[1]));
  }

  showTip(start) {
    const count = this.counts.get(start) || 0;
    const when = this.bucket === "day" ? day(new Date(start)) : moment(new Date(start));
    text(this.tip, `${when}: ${count} alert${count === 1 ? "" : "s"}`);
    this.tip.style.setProperty("--at", Math.min(0.94, Math.max(0.06, this.part((start + this.step(start, 1)) / 2))));
    this.tip.hidden = false;
  }
}

const iso = (time) => new Date(time).toISOString();

/** A picked span as people read it. */
export function spanText([from, to]) {
  const [start, end] = [new Date(from), new Date(to)];
  return day(start) === day(end) ? `${moment(start)} to ${clock(end).slice(0, 5)}` : `${moment(start)} to ${moment(end)}`;
}
