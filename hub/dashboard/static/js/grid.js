// The grid of tiles: layout, order by drag or keys, and which of them play: at most a few, only those in view.

import { hasLarge, layOut, wanted } from "./arrangement.js";
import { recall, remember } from "./keep.js";
import { startReorder } from "./reorder.js";

const MOST_PLAYING = 9;
const LEAVE_MS = 2000;
const HIDDEN_MS = 15000;
const FOLLOW_MS = 6000;
const SOON_MS = 50;

/** Tells of `layout` when the layout or the large tile changes. */
export class Grid extends EventTarget {
  constructor(element, tiles) {
    super();
    this.element = element;
    this.tiles = new Map(tiles.map((tile) => [tile.element, tile]));
    this.inView = new Set();
    this.leaving = new WeakMap();
    this.autoplay = recall("autoplay", true);
    this.away = false;
    const { layout, focus } = wanted();
    this.useLayout(layout, focus);
    this.observe();
    startReorder(element, ".tile", (tile, target) => this.take(tile, target));
  }

  get inOrder() { return [...this.element.children].map((element) => this.tiles.get(element)).filter(Boolean); }

  add(tile) {
    this.tiles.set(tile.element, tile);
    this.element.append(tile.element);
    this.element.dataset.count = this.tiles.size;
    this.observer.observe(tile.element);
  }

  /** The next one takes the place of a large one that goes, and of one that had the keyboard. */
  remove(tile) {
    const { element } = tile;
    const wasLarge = this.focused === tile;
    const next = element.contains(document.activeElement) && (element.nextElementSibling || element.previousElementSibling);
    tile.rest();
    this.observer.unobserve(element);
    element.remove();
    this.tiles.delete(element);
    this.inView.delete(element);
    this.element.dataset.count = this.tiles.size;
    if (wasLarge && this.tiles.size) this.useLayout(this.layout);
    if (next) next.focus();
    this.allot();
  }

  // --- layout

  /** Show the tiles in a layout; `focus` is the id of the large one in `focus` and `follow`. */
  useLayout(layout, focus = null) {
    this.layout = layout;
    remember("layout", layout);
    layOut(this.element, layout, focus);
    if (this.focused) remember("focus", this.focused.id);
    this.dispatchEvent(new Event("layout"));
  }

  /** The large tile, in a layout that has one. */
  get focused() { return hasLarge(this.layout) ? this.inOrder.find((tile) => tile.element.hasAttribute("data-focus")) : null; }

  /** Make one large, or go back to how it was. */
  toggleFocus(tile) {
    const before = this.layout;
    if (this.focused === tile) return this.useLayout(this.before || "auto");
    if (!hasLarge(before)) this.before = before;
    return this.useLayout("focus", tile.id);
  }

  /** Somebody is before a camera: in the layout that follows faces it becomes the large one, unless another just did. */
  follow(tile) {
    if (this.layout !== "follow" || this.focused === tile || Date.now() - (this.followedAt || 0) < FOLLOW_MS) return;
    this.followedAt = Date.now();
    this.useLayout("follow", tile.id);
  }

  /** How many tiles stand in the first row. */
  get columns() {
    const [first, ...rest] = this.inOrder.map(({ element }) => element.offsetTop);
    const below = rest.findIndex((top) => top !== first);
    return below < 0 ? rest.length + 1 : below + 1;
  }

  // --- order

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

  /** Put a tile where another is: that one and those between make room. */
  take(element, target) {
    const forward = Boolean(element.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING);
    this.move(element, forward ? target.nextElementSibling : target);
  }

  // --- who plays

  observe() {
    this.observer = new IntersectionObserver((entries) => this.seen(entries), { threshold: 0.3 });
    for (const element of this.tiles.keys()) this.observer.observe(element);
    document.addEventListener("visibilitychange", () => this.visibility());
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

  /** Give the video places to the first tiles in view, faces first; the others show their latest picture. */
  allot() {
    const rank = (tile) => 2 * (tile.choice === "start") + tile.here;
    const chosen = this.inOrder.filter((tile) => this.mayPlay(tile)).sort((a, b) => rank(b) - rank(a));
    const playing = new Set(chosen.slice(0, MOST_PLAYING));
    for (const tile of this.tiles.values()) if (!playing.has(tile)) tile.rest();
    for (const tile of playing) tile.play();
  }

  /** The same, once for however many tiles change together. */
  allotSoon() {
    this.allotting ||= setTimeout(() => { this.allotting = 0; this.allot(); }, SOON_MS);
  }

  /** Floating over other windows, or in view and either asked for or playing by itself. */
  mayPlay(tile) {
    if (tile.player?.floats) return true;
    if (!tile.playable || this.away || !this.inView.has(tile.element) || tile.choice === "stop") return false;
    return this.autoplay || tile.choice === "start";
  }
}
