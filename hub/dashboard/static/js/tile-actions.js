// What one can do with a tile: by its buttons, its menu, or keys on the tile that is chosen.

import { set } from "./dom.js";
import { openMenu } from "./menu.js";
import { toast } from "./toast.js";

const NEEDS_VIDEO = ["fullscreen", "pip", "stats"];

async function fullscreen(element) {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await element.requestFullscreen();
}

async function pictureInPicture({ player, camera }) {
  if (player.floats) return document.exitPictureInPicture();
  const video = await player.floating(camera.stream.boxes === "overlay");
  return video.requestPictureInPicture();
}

export class TileActions {
  /** `find(element)` is the tile around an element, if any. */
  constructor({ grid, menu, find }) {
    Object.assign(this, { grid, menu, find, chosen: null });
    this.actions = {
      start: (tile) => tile.order("start"),
      stop: (tile) => tile.order("stop"),
      auto: (tile) => tile.order("auto"),
      focus: (tile) => grid.toggleFocus(tile),
      fullscreen: (tile) => fullscreen(tile.element),
      pip: pictureInPicture,
      stats: (tile) => tile.readout.toggle(async () => tile.player?.stats() ?? null),
      earlier: (tile) => grid.step(tile, -1),
      later: (tile) => grid.step(tile, 1),
      menu: (tile, opener) => this.showMenu(tile, opener),
    };
    this.listen();
  }

  listen() {
    const { element } = this.grid;
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) this.run(button.dataset.do, this.find(button), button);
    });
    element.addEventListener("dblclick", (event) => {
      const tile = this.find(event.target);
      if (tile && !event.target.closest("button")) this.grid.toggleFocus(tile);
    });
    this.menu.addEventListener("click", (event) => {
      const item = event.target.closest("[data-do]");
      if (!item || item.href) return;
      this.menu.hidePopover();
      this.run(item.dataset.do, this.chosen);
    });
  }

  async run(action, tile, opener) {
    if (!tile) return;
    try {
      await this.actions[action]?.(tile, opener);
    } catch (error) {
      toast(`This browser refused: ${error.message}`, "bad");
    }
  }

  showMenu(tile, opener) {
    const { menu } = this;
    const item = (name) => menu.querySelector(`[data-do="${name}"]`);
    this.chosen = tile;
    set(item("alerts"), "href", `/alerts?camera_id=${tile.id}`);
    if (item("edit")) set(item("edit"), "href", `/cameras/${tile.id}`);
    if (item("auto")) item("auto").hidden = tile.camera.stream.pin !== "start";
    const running = tile.element.dataset.state === "live";
    for (const name of NEEDS_VIDEO) set(item(name), "aria-disabled", running ? null : "true");
    openMenu(menu, opener);
  }

  // --- keys

  /** The tile that has the keyboard. */
  get keyed() { return this.find(document.activeElement); }

  walk(by) {
    const tiles = this.grid.inOrder;
    const at = tiles.indexOf(this.keyed);
    const next = at < 0 ? 0 : at + by;
    if (tiles[next]) tiles[next].element.focus();
  }

  keys() {
    const on = (action) => () => (this.keyed ? this.run(action, this.keyed, this.keyed.parts.menu) : false);
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: () => -this.grid.columns, ArrowDown: () => this.grid.columns };
    const free = () => this.keyed || document.activeElement === document.body || document.activeElement.id === "main";
    const walks = Object.entries(steps).map(([key, by]) => ({ keys: [key], run: () => (free() ? this.walk(typeof by === "number" ? by : by()) : false) }));
    return [
      ...walks,
      { keys: ["←", "↑", "→", "↓"], label: "Choose a camera" },
      { keys: ["Shift+ArrowLeft"], label: "Move it earlier", run: on("earlier") },
      { keys: ["Shift+ArrowRight"], label: "Move it later", run: on("later") },
      { keys: ["Enter"], label: "Focus it, or go back", run: () => (this.keyed?.element === document.activeElement ? this.run("focus", this.keyed) : false) },
      { keys: ["f"], label: "Full screen", run: on("fullscreen") },
      { keys: ["p"], label: "Picture in picture", run: on("pip") },
      { keys: ["s"], label: "Start or stop", run: () => (this.keyed ? this.run(this.keyed.parts.power.dataset.can === "stop" ? "stop" : "start", this.keyed) : false) },
      { keys: ["i"], label: "Latency and bit rate", run: on("stats") },
      { keys: ["m"], label: "Its menu", run: on("menu") },
    ];
  }
}
