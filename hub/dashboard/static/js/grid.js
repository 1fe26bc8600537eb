// The grid of tiles: layout, order by drag or keys, and which of them play: at most a few, only those in view.

import { set } from "./dom.js";
import { recall, remember } from "./keep.js";

const MOST_PLAYING = 9;
const LEAVE_MS = 2000;
const HIDDEN_MS = 15000;

export class Grid {
  constructor(element, tiles) {
    this.element = element;
    this.tiles = new Map(tiles.map((tile) => [tile.element, tile]));
    this.inView = new Set();
    this.leaving = new Map();
    this.autoplay = recall("autoplay", true);
    this.away = false;
    this.arrange(recall("order", []));
    this.useLayout(recall("layout", "auto"), recall("focus", null));
    this.observe();
    this.startDrag();
  }

  get inOrder() { return [...this.element.children].map((element) => this.tiles.get(element)).filter(Boolean); }

  add(tile) {
    this.tiles.set(tile.element, tile);
    this.element.append(tile.element);
    this.element.dataset.count = this.tiles.size;
    this.watchElement(tile.element);
  }

  remove(tile) {
    tile.rest();
    tile.element.remove();
    this.tiles.delete(tile.element);
    this.inView.delete(tile.element);
    this.element.dataset.count = this.tiles.size;
  }

  // --- layout

  useLayout(layout, focus = null) {
    this.layout = layout;
    remember("layout", layout);
    this.element.dataset.layout = layout;
    const focused = layout === "focus" ? this.byId(focus) || this.inOrder[0] : null;
    if (focused) remember("focus", focused.id);
    for (const tile of this.tiles.values()) set(tile.element, "data-focus", tile === focused);
    for (const button of document.querySelectorAll("#layouts [data-layout]")) set(button, "aria-pressed", String(button.dataset.layout === layout));
  }

  byId(id) { return [...this.tiles.values()].find((tile) => tile.id === id); }

  // --- order

  arrange(ids) {
    if (!ids.length) return;
    const place = new Map(ids.map((id, index) => [id, index]));
    const rank = (tile) => place.get(tile.id) ?? ids.length;
    for (const tile of this.inOrder.sort((a, b) => rank(a) - rank(b))) this.element.append(tile.element);
  }

  /** Put one tile before another (null: last) without interrupting its video. */
  move(element, before) {
    if (element === before || element.nextElementSibling === before) return;
    if (this.element.moveBefore) this.element.moveBefore(element, before);
    else this.element.insertBefore(element, before);
    element.querySelector("video").play?.().catch(() => {}); // a video without a source may refuse
    remember("order", this.inOrder.map((tile) => tile.id));
    this.allot();
  }

  step(tile, by) {
    const { element } = tile;
    if (by < 0 && element.previousElementSibling) this.move(element, element.previousElementSibling);
    if (by > 0 && element.nextElementSibling) this.move(element, element.nextElementSibling.nextElementSibling);
    element.scrollIntoView({ block: "nearest" });
  }

  startDrag() {
    let dragged = null;
    const over = (event) => { const tile = event.target.closest(".tile"); return tile && tile !== dragged ? tile : null; };
    const clear = () => { for (const tile of this.tiles.keys()) set(tile, "data-drop", false); };
    for (const tile of this.tiles.keys()) tile.draggable = true;
    this.element.addEventListener("dragstart", (event) => {
      dragged = event.target.closest(".tile");
      event.dataTransfer.effectAllowed = "move";
      requestAnimationFrame(() => set(dragged, "data-dragging", true));
    });
    this.element.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      clear();
      set(over(event) || dragged, "data-drop", Boolean(over(event)));
    });
    this.element.addEventListener("drop", (event) => {
      const target = over(event);
      if (!dragged || !target) return;
      event.preventDefault();
      const forward = Boolean(dragged.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING);
      this.move(dragged, forward ? target.nextElementSibling : target);
    });
    this.element.addEventListener("dragend", () => { clear(); set(dragged, "data-dragging", false); dragged = null; });
  }

  // --- who plays

  observe() {
    this.observer = new IntersectionObserver((entries) => this.seen(entries), { threshold: 0.3 });
    for (const element of this.tiles.keys()) this.watchElement(element);
    document.addEventListener("visibilitychange", () => this.visibility());
  }

  watchElement(element) {
    element.draggable = true;
    this.observer.observe(element);
  }

  seen(entries) {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(this.leaving.get(target));
      if (isIntersecting) this.inView.add(target);
      else this.leaving.set(target, setTimeout(() => { this.inView.delete(target); this.allot(); }, LEAVE_MS));
    }
    this.allot();
  }

  visibility() {
    clearTimeout(this.hiding);
    if (document.hidden) this.hiding = setTimeout(() => { this.away = true; this.allot(); }, HIDDEN_MS);
    else { this.away = false; this.allot(); }
  }

  useAutoplay(on) {
    this.autoplay = on;
    remember("autoplay", on);
    this.allot();
  }

  /** Give the video places to the first tiles in view; the others show their latest picture. */
  allot() {
    const chosen = this.inOrder.filter((tile) => this.mayPlay(tile)).sort((a, b) => (b.choice === "start") - (a.choice === "start"));
    const playing = new Set(chosen.slice(0, MOST_PLAYING));
    for (const tile of this.tiles.values()) if (!playing.has(tile)) tile.rest();
    for (const tile of playing) tile.play();
  }

  /** Floating over other windows, or in view and either asked for or playing by itself. */
  mayPlay(tile) {
    if (document.pictureInPictureElement === tile.parts.video) return true;
    if (!tile.playable || this.away || !this.inView.has(tile.element) || tile.choice === "stop") return false;
    return this.autoplay || tile.choice === "start";
  }
}
