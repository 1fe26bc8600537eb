// The overview: people over time, where dragging opens the alerts of that time; the rest is painted again as it changes.

import { pageData } from "../dom.js";
import { keepFresh } from "../fragments.js";
import { startKeys } from "../keys.js";
import { News } from "../news.js";
import { LiveFeed, showLink } from "../live.js";
import { startPage } from "../page.js";
import { Timeline } from "../timeline.js";
import { toast } from "../toast.js";

const data = pageData();
const rangeOf = ({ range }) => range.map((time) => Date.parse(time));
const live = new LiveFeed(data.cursor);
const timeline = new Timeline({
  plot: document.getElementById("timeline-plot"),
  ticks: document.getElementById("timeline-ticks"),
  range: rangeOf(data),
  bucket: data.bucket,
});
const fresh = keepFresh((now) => {
  timeline.span(rangeOf(now));
  timeline.load(null).catch(() => {}); // no answer: the next one tells
});
const news = new News(rangeOf(data)[1]);

live.addEventListener("alert", ({ detail: alert }) => { if (news.isNew(alert)) fresh.soon(); });
for (const type of ["camera", "device"]) live.addEventListener(type, () => fresh.soon());
live.addEventListener("missed", () => location.reload());
timeline.addEventListener("pick", ({ detail }) => location.assign(`/alerts?${new URLSearchParams({ range: data.name, ...detail })}`));
timeline.load(null).catch((problem) => toast(`The plot: ${problem.message}`, "bad"));
startPage();
startKeys([]);
showLink(live);
live.start();
