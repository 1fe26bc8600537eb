// The overview: people over time, where dragging opens the alerts of that time; the rest is painted again as it changes.

import { pageData } from "../dom.js";
import { keepFresh } from "../fragments.js";
import { startKeys } from "../keys.js";
import { LiveFeed, showLink } from "../live.js";
import { startPage } from "../page.js";
import { Timeline } from "../timeline.js";
import { toast } from "../toast.js";

const REPEATS = 500;
const data = pageData();
const counted = new Set();
const fresh = keepFresh();
const live = new LiveFeed(data.cursor);
const timeline = new Timeline({
  plot: document.getElementById("timeline-plot"),
  ticks: document.getElementById("timeline-ticks"),
  range: data.range.map((time) => Date.parse(time)),
  bucket: data.bucket,
});

live.addEventListener("alert", ({ detail: alert }) => {
  if (alert.closed_at || counted.has(alert.id)) return;
  if (counted.size > REPEATS) counted.clear(); // repeats come soon after a lost connection, or never
  counted.add(alert.id);
  timeline.more(Date.parse(alert.opened_at));
  fresh.soon();
});
for (const type of ["camera", "device"]) live.addEventListener(type, () => fresh.soon());
live.addEventListener("missed", () => location.reload());
timeline.addEventListener("pick", ({ detail }) => location.assign(`/alerts?${new URLSearchParams({ range: data.name, ...detail })}`));
timeline.load(null).catch((problem) => toast(`The plot: ${problem.message}`, "bad"));
startPage();
startKeys([]);
showLink(live);
live.start();
