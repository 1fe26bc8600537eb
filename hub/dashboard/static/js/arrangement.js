// How the live page stands: layout, the large tile, order, feed and wall, as they were left here or as the address asks.

import { set } from "./dom.js";
import { recall } from "./keep.js";
import { NO_VIDEO } from "./states.js";

/** Whether one tile is large in this layout. */
export const hasLarge = (layout) => layout === "focus" || layout === "follow";

/** What the page starts with: `{layout, focus, order, feed, wall}`; `focus` is a camera's id or null. */
export function wanted() {
  const address = new URLSearchParams(location.search);
  const focus = Number(address.get("camera"));
  const kept = { layout: recall("layout", "auto"), focus: recall("focus", null), order: recall("order", []), feed: recall("feed", true) };
  const there = focus && tileOf(document.getElementById("grid"), focus);
  return { ...kept, ...(there ? { layout: "focus", focus } : {}), wall: address.has("wall") };
}

const tileOf = (grid, id) => grid?.querySelector(`:scope > [data-camera="${Number(id)}"]`);

/** Put the tiles in the order of these ids; those that are not named come last. */
export function order(grid, ids) {
  if (!ids.length) return;
  const place = new Map(ids.map((id, index) => [String(id), index]));
  const rank = (tile) => place.get(tile.dataset.camera) ?? ids.length;
  grid.append(...[...grid.children].sort((a, b) => rank(a) - rank(b)));
}

/** Use a layout; the large tile, where it has one, is that of camera `focus`, else the first that may play. */
export function layOut(grid, layout, focus) {
  const tiles = [...grid.children];
  const large = hasLarge(layout) ? tileOf(grid, focus) || tiles.find((tile) => !NO_VIDEO.has(tile.dataset.state)) || tiles[0] : null;
  grid.dataset.layout = hasLarge(layout) ? "focus" : layout;
  for (const tile of tiles) set(tile, "data-focus", tile === large);
  for (const button of document.querySelectorAll("#layouts [data-layout]")) set(button, "aria-pressed", String(button.dataset.layout === layout));
}
