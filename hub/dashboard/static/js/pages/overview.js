// The overview's plot: people over time; dragging opens the alerts of that time.

import { pageData } from "../dom.js";
import { startPage } from "../page.js";
import { Timeline } from "../timeline.js";
import { toast } from "../toast.js";

const data = pageData();
const timeline = new Timeline({
  plot: document.getElementById("timeline-plot"),
  ticks: document.getElementById("timeline-ticks"),
  range: data.range.map((time) => Date.parse(time)),
  bucket: data.bucket,
});
timeline.addEventListener("pick", ({ detail }) => location.assign(`/alerts?${new URLSearchParams({ range: data.name, ...detail })}`));
timeline.load(null).catch((problem) => toast(`The plot: ${problem.message}`, "bad"));
startPage();
