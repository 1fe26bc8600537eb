// Areas drawn on a still: polygons as fractions of width and height, by mouse, finger or keyboard.

import { el, icon, set, svg, text } from "./dom.js";

export const WIDTH = 1600;
const KINDS = { include: "Include", exclude: "Exclude" };
const MOST_CORNERS = 64;
const MOST_AREAS = 16;
const FINE = 0.005;
const COARSE = 0.05;
const NEAR_PX = 14;
const HELP = {
  "": "Without areas the whole picture counts.",
  draw: "Click the corners, the first one again to finish. By keyboard: arrow keys move the cross (Shift: further), Space puts a corner, Backspace takes one back, Enter finishes, Escape gives up.",
  edit: "Drag a corner, or the dot between two to make a new one. By keyboard: arrow keys move a corner (Shift: further), + adds one, Delete takes it away.",
  few: "An area needs three corners.",
  many: "Sixteen areas of a kind are the most.",
};
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const bounded = (value) => Math.round(Math.min(1, Math.max(0, value)) * 10000) / 10000;
const moved = ([x, y], [dx, dy]) => [bounded(x + dx), bounded(y + dy)];
const percent = ([x, y]) => `${Math.round(x * 100)} % from the left, ${Math.round(y * 100)} % from the top`;

/** How far an arrow key moves something, or null for another key. */
function stepOf(event) {
  const way = ARROWS[event.key];
  return way && way.map((part) => part * (event.shiftKey ? COARSE : FINE));
}

/** Owns the drawing in `canvas` (an <svg>); `change` events tell that the areas differ. `areas`: {include, exclude}. */
export class Zones extends EventTarget {
  constructor({ canvas, list, help, areas }) {
    super();
    Object.assign(this, { canvas, list, help, areas, draft: null, selected: null });
    this.height = canvas.viewBox.baseVal.height;
    this.below = svg("g");
    this.shapes = svg("g");
    canvas.append(this.below, this.shapes);
    canvas.addEventListener("click", (event) => this.clicked(event));
    canvas.addEventListener("pointermove", (event) => { if (this.draft) { this.draft.at = this.point(event); this.draw(); } });
    canvas.addEventListener("keydown", (event) => { if (this.draft) this.sketched(event); });
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.say("");
    this.draw();
  }

  get all() { return Object.keys(KINDS).flatMap((kind) => this.areas[kind].map((corners) => ({ kind, corners }))); }

  /** Picture pixels for one on the screen, so that handles stay as large whatever the size. */
  get unit() { return WIDTH / (this.canvas.clientWidth || WIDTH); }

  place([x, y]) { return [x * WIDTH, y * this.height]; }

  points(corners) { return corners.map((corner) => this.place(corner).map(Math.round).join(",")).join(" "); }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [bounded((event.clientX - box.left) / box.width), bounded((event.clientY - box.top) / box.height)];
  }

  // --- drawing a new one

  begin(kind) {
    if (this.areas[kind].length >= MOST_AREAS) return this.say("many");
    this.draft = { kind, corners: [], at: [0.5, 0.5] };
    this.selected = null;
    this.say("draw");
    this.draw();
    return this.canvas.focus();
  }

  clicked(event) {
    if (this.dragged) this.dragged = false; // the click that ends a drag
    else if (this.draft) this.corner(this.point(event));
    else if (event.target === this.canvas) this.select(null);
  }

  corner(point) {
    const { corners } = this.draft;
    const away = corners[0] && Math.hypot((corners[0][0] - point[0]) * WIDTH, (corners[0][1] - point[1]) * this.height) / this.unit;
    if (corners.length > 2 && away < NEAR_PX) return this.finish();
    corners.push(point);
    return corners.length === MOST_CORNERS ? this.finish() : this.draw();
  }

  sketched(event) {
    const step = stepOf(event);
    const done = { " ": () => this.corner(this.draft.at), Enter: () => this.finish(), Escape: () => this.giveUp(), Backspace: () => this.draft.corners.pop() }[event.key];
    if (!step && !done) return;
    event.preventDefault();
    if (step) this.draft.at = moved(this.draft.at, step);
    else done();
    if (!this.draft) return;
    const { corners, at } = this.draft;
    text(this.help, `${corners.length} ${corners.length === 1 ? "corner" : "corners"}; the cross is ${percent(at)}.`);
    this.draw();
  }

  finish() {
    const { kind, corners } = this.draft;
    this.draft = null;
    if (corners.length < 3) { this.say("few"); return this.draw(); }
    this.areas[kind].push(corners);
    this.changed();
    this.select(corners);
    return this.focusKnob(0);
  }

  giveUp() {
    this.draft = null;
    this.say("");
    this.draw();
  }

  // --- changing one

  select(corners) {
    this.selected = corners;
    this.say(corners ? "edit" : "");
    this.draw();
  }

  remove(corners) {
    for (const kind of Object.keys(KINDS)) this.areas[kind] = this.areas[kind].filter((other) => other !== corners);
    this.changed();
    this.select(null);
  }

  /** Put a corner between this one and the next. */
  split(corners, index) {
    if (corners.length >= MOST_CORNERS) return;
    const [x, y] = corners[index];
    const [x2, y2] = corners[(index + 1) % corners.length];
    corners.splice(index + 1, 0, [bounded((x + x2) / 2), bounded((y + y2) / 2)]);
    this.changed();
    this.draw();
  }

  pressed(event, corners, index) {
    const step = stepOf(event);
    if (!step && !["Delete", "+", "Insert"].includes(event.key)) return;
    event.preventDefault();
    let next = index;
    if (step) corners[index] = moved(corners[index], step);
    else if (event.key !== "Delete") { this.split(corners, index); next = index + 1; }
    else if (corners.length === 3) { this.remove(corners); return; }
    else { corners.splice(index, 1); next = index % corners.length; }
    this.changed();
    this.draw();
    this.focusKnob(next);
  }

  drag(event, corners, index) {
    event.preventDefault();
    this.dragged = true;
    const { canvas } = this;
    canvas.setPointerCapture(event.pointerId);
    const follow = (pointer) => { corners[index] = this.point(pointer); this.changed(); this.draw(); };
    canvas.addEventListener("pointermove", follow);
    canvas.addEventListener("lostpointercapture", () => { canvas.removeEventListener("pointermove", follow); this.focusKnob(index); }, { once: true });
  }

  focusKnob(index) { this.shapes.querySelectorAll(".zone-knob")[index]?.focus({ focusVisible: true }); }

  // --- showing

  draw() {
    const shapes = this.all.map(({ kind, corners }) => this.shape(kind, corners));
    if (this.selected) shapes.push(...this.selected.map((_, index) => this.middle(index)), ...this.selected.map((_, index) => this.knob(index)));
    if (this.draft) shapes.push(...this.sketch());
    this.shapes.replaceChildren(...shapes);
    this.list.replaceChildren(...this.all.map((zone, index) => this.entry(zone, index)));
  }

  shape(kind, corners) {
    const shape = svg("polygon", { class: "zone", "data-kind": kind, points: this.points(corners), "data-selected": corners === this.selected });
    shape.addEventListener("click", (event) => { if (!this.draft) { event.stopPropagation(); this.select(corners); } });
    return shape;
  }

  knob(index) {
    const corners = this.selected;
    const [cx, cy] = this.place(corners[index]);
    const knob = svg("circle", { class: "zone-knob", cx, cy, r: 8 * this.unit, tabindex: "0", role: "button", "aria-label": `Corner ${index + 1}, ${percent(corners[index])}` });
    knob.addEventListener("pointerdown", (event) => this.drag(event, corners, index));
    knob.addEventListener("click", (event) => event.stopPropagation());
    knob.addEventListener("keydown", (event) => this.pressed(event, corners, index));
    return knob;
  }

  middle(index) {
    const corners = this.selected;
    const [[x, y], [x2, y2]] = [corners[index], corners[(index + 1) % corners.length]].map((corner) => this.place(corner));
    const dot = svg("circle", { class: "zone-middle", cx: (x + x2) / 2, cy: (y + y2) / 2, r: 5 * this.unit });
    dot.addEventListener("pointerdown", (event) => { this.split(corners, index); this.drag(event, corners, index + 1); });
    dot.addEventListener("click", (event) => event.stopPropagation());
    return dot;
  }

  sketch() {
    const { corners, at } = this.draft;
    const [x, y] = this.place(at);
    const arm = 14 * this.unit;
    const cross = svg("path", { class: "zone-cross", d: `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}` });
    const dots = corners.map((corner) => { const [cx, cy] = this.place(corner); return svg("circle", { class: "zone-draft", cx, cy, r: 5 * this.unit }); });
    return [svg("polygon", { class: "zone-draft", points: this.points([...corners, at]) }), ...dots, cross];
  }

  entry({ kind, corners }, index) {
    const name = `${KINDS[kind]} area ${index + 1}`;
    const pick = el("button", { type: "button", class: "zone-pick", "aria-pressed": String(corners === this.selected) }, `${name}, ${corners.length} corners`);
    const remove = el("button", { type: "button", class: "icon-btn", "aria-label": `Remove ${name}` }, icon("trash", "icon-s"));
    pick.addEventListener("click", () => { this.select(corners); this.focusKnob(0); });
    remove.addEventListener("click", () => this.remove(corners));
    return el("li", { "data-kind": kind, "data-selected": corners === this.selected }, el("span", { class: "zone-swatch" }), pick, remove);
  }

  say(what) {
    text(this.help, HELP[what]);
    set(this.canvas, "data-drawing", Boolean(this.draft));
  }

  changed() { this.dispatchEvent(new Event("change")); }
}
