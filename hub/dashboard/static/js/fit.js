// How large tiles can be: the wall's columns, from the room that there is.

const MOST_AT_ONCE = 25;
const RATIO = 16 / 9;
const GAP_PX = 8;

/** How many columns make `count` pictures of 16:9 largest in a box, and how wide each then is. */
function fitted(count, width, height) {
  const each = (room, parts) => (room - GAP_PX * (parts - 1)) / parts;
  const size = (columns) => Math.min(each(width, columns), each(height, Math.ceil(count / columns)) * RATIO);
  let best = 1;
  for (let columns = 2; columns <= count; columns += 1) if (size(columns) > size(best)) best = columns;
  return { columns: best, tile: Math.floor(size(best)) };
}

/** Make the tiles of a wall as large as `area` lets them be. */
export function fit(area, grid) {
  const count = Math.min(grid.childElementCount, MOST_AT_ONCE);
  const { columns, tile } = fitted(count, area.clientWidth - 2 * GAP_PX, area.clientHeight - 2 * GAP_PX);
  grid.style.setProperty("--columns", columns);
  grid.style.setProperty("--tile", `${tile}px`);
}

/** How far one row of tiles is from the next. */
export const rowHeight = (grid) => grid.lastElementChild.offsetHeight + GAP_PX;

/** The height of those rows that fit whole; at least one. */
export function wholeRows(area, grid) {
  const row = rowHeight(grid);
  return Math.max(1, Math.floor((area.clientHeight + GAP_PX) / row)) * row;
}
