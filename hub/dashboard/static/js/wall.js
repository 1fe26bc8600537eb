// The wall display: cameras and nothing else, as large as the screen lets them be, on a screen that stays on.

import { set, text } from "./dom.js";
import { fit, rowHeight, wholeRows } from "./fit.js";
import { hourMinute, shortDay } from "./time.js";

const IDLE_MS = 3000;
const PAGE_MS = 20000;

export class Wall {
  /** `root` is the page, `area` scrolls, `grid` holds the tiles. */
  constructor({ root, area, grid, clock }) {
    Object.assign(this, { root, area, grid, clock, on: false, lock: null });
    document.addEventListener("fullscreenchange", () => { if (!document.fullscreenElement && this.wasFull) this.leave(); });
    document.addEventListener("visibilitychange", () => { if (this.on && !document.hidden) this.stayAwake(); });
    new ResizeObserver(() => this.fit()).observe(area);
  }

  /** Without a screen of its own, as from a kiosk's address, it fills the window. */
  async enter({ full = true } = {}) {
    this.on = true;
    set(this.root, "data-wall", true);
    this.end = new AbortController();
    for (const type of ["pointermove", "pointerdown", "keydown"]) document.addEventListener(type, () => this.stir(), { signal: this.end.signal });
    this.clockTimer = setInterval(() => this.tell(), 1000);
    this.pageTimer = setInterval(() => this.turn(), PAGE_MS);
    this.tell();
    this.stir();
    this.fit();
    this.stayAwake();
    if (full) await this.root.requestFullscreen().catch(() => {}); // refused: the window is a wall too
    this.wasFull = Boolean(document.fullscreenElement);
  }

  leave() {
    if (!this.on) return;
    this.on = false;
    this.wasFull = false;
    this.end.abort();
    for (const name of ["data-wall", "data-idle"]) set(this.root, name, false);
    for (const timer of [this.clockTimer, this.pageTimer, this.idleTimer]) clearTimeout(timer);
    this.lock?.release();
    this.lock = null;
    if (document.fullscreenElement) document.exitFullscreen();
    for (const name of ["--columns", "--tile"]) this.grid.style.removeProperty(name);
    this.left?.();
  }

  fit() {
    if (this.on) fit(this.area, this.grid);
  }

  async stayAwake() {
    this.lock = await navigator.wakeLock?.request("screen").catch(() => null); // a weak battery or no TLS: it may sleep
  }

  /** The pointer goes away when nobody moves it. */
  stir() {
    set(this.root, "data-idle", false);
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => set(this.root, "data-idle", true), IDLE_MS);
  }

  tell() {
    const now = new Date();
    text(this.clock, `${hourMinute(now)} · ${shortDay(now)}`);
  }

  /** More tiles than fit: on to the next, and from the last to the first. */
  turn() {
    const { area } = this;
    if (!this.root.hasAttribute("data-idle") || area.scrollHeight <= area.clientHeight + 1) return;
    const last = area.scrollTop + area.clientHeight >= area.scrollHeight - rowHeight(this.grid) / 2;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    area.scrollTo({ top: last ? 0 : area.scrollTop + wholeRows(area, this.grid), behavior: calm ? "auto" : "smooth" });
  }
}
