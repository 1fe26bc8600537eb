// Areas drawn on a still: polygons as fractions of width and height, by mouse, finger or keyboard.

import { el, icon, set, svg } from "./dom.js";

const WIDTH = 1600;
const KINDS = { include: "Include", exclude: "Exclude" };
const MOST_CORNERS = 64;
const STEP = 0.01;

/** Owns the drawing over `stage`; `change` events tell that the areas differ. `areas`: {include, exclude}. */
export class Zones extends EventTarget {
  constructor({ stage, list, help, areas, ratio }) {
    super();
    Object.assign(this, { stage, list, help, areas, draft: null, selected: null });
    this.height = WIDTH / ratio;
    stage.style.setProperty("--ratio", ratio);
    this.canvas = svg("svg", { viewBox: `0 0 ${WIDTH} ${this.height}`, role: "group", "aria-label": "Areas on the picture" });
    this.extra = svg("g");
    this.shapes = svg("g");
    this.canvas.append(this.extra, this.shapes);
    stage.append(this.canvas);
    this.listen();
    this.draw();
  }

  get all() { return Object.keys(KINDS).flatMap((kind) => this.areas[kind].map((corners) => ({ kind, corners }))); }

  // --- drawing a new one

  begin(kind) {
    this.draft = { kind, corners: [] };
    this.selected = null;
    this.say(`Click the corners of the area; click the first one again or press Enter to finish, Escape to give up.`);
    this.canvas.setAttribute("tabindex", "0");
    this.canvas.focus();
    this.draw();
  }

  corner(point) {
    const { corners } = this.draft;
    const first = corners[0];
    const near = first && corners.length > 2 && Math.hypot((first[0] - point[0]) * WIDTH, (first[1] - point[1]) * this.height) * this.scale < 14;
    if (near || corners.length === MOST_CORNERS) this.finish();
    else { corners.push(point); this.draw(); }
  }

  finish() {
    const { kind, corners } = this.draft;
    this.draft = null;
    if (corners.length > 2) { this.areas[kind].push(corners); this.selected = corners; this.changed(); }
    this.say(corners.length > 2 ? "Drag a corner to move it; arrow keys work too. Delete removes the area." : "An area needs three corners.");
    this.draw();
  }

  listen() {
    this.canvas.addEventListener("click", (event) => { if (this.draft) this.corner(this.point(event)); });
    this.canvas.addEventListener("pointermove", (event) => { if (this.draft) { this.hover = this.point(event); this.draw(); } });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  key(event) {
    if (!this.draft) return;
    if (event.key === "Enter") { event.preventDefault(); this.finish(); }
    if (event.key === "Escape") { this.draft = null; this.say(""); this.draw(); }
    if (event.key === "Backspace") { this.draft.corners.pop(); this.draw(); }
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [bounded((event.clientX - box.left) / box.width), bounded((event.clientY - box.top) / box.height)];
  }

  get scale() { return (this.canvas.clientWidth || WIDTH) / WIDTH; }

  place([x, y]) { return [x * WIDTH, y * this.height]; }

  points(corners) { return corners.map((corner) => this.place(corner).map(Math.round).join(",")).join(" "); }

  // --- changing one

  remove(corners) {
    for (const kind of Object.keys(KINDS)) this.areas[kind] = this.areas[kind].filter((other) => other !== corners);
    this.selected = null;
    this.changed();
    this.draw();
  }

  select(corners) { this.selected = corners; this.draw(); }

  knob(corners, index) {
    const [cx, cy] = this.place(corners[index]);
    const knob = svg("circle", { class: "zone-knob", cx, cy, r: 7 / this.scale, tabindex: "0", role: "button", "aria-label": `Corner ${index + 1}` });
    knob.style.setProperty("r", `${7 / this.scale}px`);
    knob.addEventListener("pointerdown", (event) => this.drag(event, knob, corners, index));
    knob.addEventListener("click", (event) => event.stopPropagation());
    knob.addEventListener("keydown", (event) => this.nudge(event, corners, index));
    return knob;
  }

  drag(event, knob, corners, index) {
    event.preventDefault();
    knob.setPointerCapture(event.pointerId);
    const move = (moved) => {
      corners[index] = this.point(moved);
      const [x, y] = this.place(corners[index]);
      set(knob, "cx", x);
      set(knob, "cy", y);
      set(this.shapes.querySelector("[data-selected]"), "points", this.points(corners));
      this.changed();
    };
    knob.addEventListener("pointermove", move);
    knob.addEventListener("lostpointercapture", () => { knob.removeEventListener("pointermove", move); this.draw(); }, { once: true });
  }

  nudge(event, corners, index) {
    const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    if (event.key === "Delete") return this.remove(corners);
    if (!by) return undefined;
    event.preventDefault();
    corners[index] = corners[index].map((value, axis) => bounded(value + by[axis]));
    this.changed();
    this.draw();
    return this.shapes.querySelectorAll(".zone-knob")[index].focus();
  }

  // --- showing

  draw() {
    const shapes = this.all.map(({ kind, corners }) => this.shape(kind, corners));
    if (this.selected) shapes.push(...this.selected.map((_, index) => this.knob(this.selected, index)));
    if (this.draft) shapes.push(...this.sketch());
    this.shapes.replaceChildren(...shapes);
    this.list.replaceChildren(...this.all.map((zone, index) => this.entry(zone, index)));
  }

  shape(kind, corners) {
    const shape = svg("polygon", { class: "zone", "data-kind": kind, points: this.points(corners), "data-selected": corners === this.selected });
    shape.addEventListener("click", () => { if (!this.draft) this.select(corners); });
    return shape;
  }

  sketch() {
    const { corners } = this.draft;
    const line = svg("polygon", { class: "zone-draft", points: this.points(this.hover ? [...corners, this.hover] : corners) });
    return [line, ...corners.map((corner) => { const [cx, cy] = this.place(corner); return svg("circle", { class: "zone-draft", cx, cy, r: 5 / this.scale }); })];
  }

  entry({ kind, corners }, index) {
    const name = `${KINDS[kind]} area ${index + 1}`;
    const pick = el("button", { type: "button", class: "push" }, `${name}, ${corners.length} corners`);
    const remove = el("button", { type: "button", class: "icon-btn", "aria-label": `Remove ${name}` }, icon("trash", "icon-s"));
    pick.addEventListener("click", () => this.select(corners));
    remove.addEventListener("click", () => this.remove(corners));
    return el("li", { "data-kind": kind, "data-selected": corners === this.selected }, el("span", { class: "zone-swatch" }), pick, remove);
  }

  say(message) { this.help.textContent = message || "Without areas the whole picture counts."; }

  changed() { this.dispatchEvent(new Event("change")); }
}

const bounded = (value) => Math.round(Math.min(1, Math.max(0, value)) * 10000) / 10000;

/** Whether a point lies in a polygon (even-odd rule). */
export function inside([x, y], corners) {
  let within = false;
  corners.forEach(([x1, y1], index) => {
    const [x2, y2] = corners.at(index - 1);
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) within = !within;
  });
  return within;
}
