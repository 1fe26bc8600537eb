// Tiles carried to another place: by mouse at once, by finger after a long press, Escape puts back.

import { set } from "./dom.js";

const SLOP_PX = 8;
const PRESS_MS = 400;

/** Carry children of `root` that match `selector`; `moved(element, target)` is told where one was dropped. */
export function startReorder(root, selector, moved) {
  root.addEventListener("pointerdown", (event) => {
    const element = event.target.closest(selector);
    if (!element || event.button || event.target.closest("button, a, input")) return;
    new Carry(root, selector, element, event).done = moved;
  });
  root.addEventListener("dragstart", (event) => event.preventDefault());
}

/** One press that may become a carry; takes its listeners with it when it ends. */
class Carry {
  constructor(root, selector, element, { pointerId, pointerType, clientX, clientY }) {
    Object.assign(this, { root, selector, element, pointerId, from: [clientX, clientY], carrying: false, target: null });
    this.finger = pointerType !== "mouse";
    this.end = new AbortController();
    const { signal } = this.end;
    document.addEventListener("pointermove", (event) => this.move(event), { signal });
    document.addEventListener("pointerup", (event) => this.drop(event), { signal });
    document.addEventListener("pointercancel", () => this.stop(), { signal });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") this.stop(); }, { signal });
    document.addEventListener("touchmove", (event) => { if (this.carrying) event.preventDefault(); }, { signal, passive: false });
    document.addEventListener("contextmenu", (event) => { if (this.finger) event.preventDefault(); }, { signal });
    if (this.finger) this.timer = setTimeout(() => this.lift(), PRESS_MS);
  }

  lift() {
    this.carrying = true;
    set(this.element, "data-dragging", true);
    if (this.finger) navigator.vibrate?.(10);
  }

  move({ pointerId, clientX, clientY }) {
    if (pointerId !== this.pointerId) return;
    const far = Math.hypot(clientX - this.from[0], clientY - this.from[1]) > SLOP_PX;
    if (!this.carrying && far) {
      if (this.finger) return this.stop(); // it was a scroll
      this.lift();
    }
    if (this.carrying) this.over(document.elementFromPoint(clientX, clientY)?.closest(this.selector));
  }

  over(element) {
    const target = element && element !== this.element && this.root.contains(element) ? element : null;
    if (target === this.target) return;
    if (this.target) set(this.target, "data-drop", false);
    if (target) set(target, "data-drop", true);
    this.target = target;
  }

  drop({ pointerId }) {
    if (pointerId !== this.pointerId) return;
    const { carrying, target } = this;
    this.stop();
    if (carrying && target) this.done(this.element, target);
  }

  stop() {
    clearTimeout(this.timer);
    this.over(null);
    set(this.element, "data-dragging", false);
    this.end.abort();
  }
}
