// Before the first paint of the live page: everything in its place, so that nothing moves when scripts take over.

import { layOut, order, wanted } from "../arrangement.js";
import { set } from "../dom.js";
import { fit } from "../fit.js";

const root = document.getElementById("main");
const grid = document.getElementById("grid");
const start = wanted();

root.dataset.feed = start.feed ? "shown" : "hidden";
if (grid) {
  set(root, "data-wall", start.wall);
  order(grid, start.order);
  layOut(grid, start.layout, start.focus);
  if (start.wall) fit(document.getElementById("wall-area"), grid);
}
