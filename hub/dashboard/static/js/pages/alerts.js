// The alerts page: filters, the timeline, the gallery with what is new, keys, and acknowledging all that is shown.

import { api } from "../api.js";
import { cameraNames, fillAlert } from "../alert-view.js";
import { confirmed } from "../confirm.js";
import { pageData, set, text } from "../dom.js";
import { startFilters } from "../filters.js";
import { startSliders } from "../forms.js";
import { Gallery } from "../gallery.js";
import { startKeys } from "../keys.js";
import { LiveFeed, showLink } from "../live.js";
import { count, startPage } from "../page.js";
import { spanText, Timeline } from "../timeline.js";
import { toast } from "../toast.js";
import { Unseen } from "../unseen.js";

const AT_ONCE = 200;
const data = pageData();
const names = cameraNames(data.cameras);
const form = document.getElementById("filters");
const fresh = document.getElementById("fresh");
const all = document.getElementById("acknowledge-all");
const list = document.getElementById("gallery");
const gallery = list && new Gallery({
  element: list,
  around: document.getElementById("results"),
  more: document.getElementById("more"),
  names,
  query: data.query,
  readAt: Date.parse(data.read_at),
});
const inside = new URLSearchParams(location.search).has("cursor"); // newer ones are on another page
let { total } = data;

// --- filters and timeline

const go = startFilters(form);
const picked = data.picked && data.picked.map((time) => Date.parse(time));
const timeline = new Timeline({
  plot: document.getElementById("timeline-plot"),
  ticks: document.getElementById("timeline-ticks"),
  range: data.range.map((time) => Date.parse(time)),
  bucket: data.bucket,
  picked,
});
if (picked) for (const id of ["timeline-text", "period-text"]) text(document.getElementById(id), spanText(picked));
timeline.addEventListener("pick", ({ detail }) => go(detail));
document.getElementById("timeline-clear").addEventListener("click", () => go({ since: "", until: "" }));
timeline.load(data.stats_of).catch((problem) => toast(`The timeline: ${problem.message}`, "bad"));

// --- new ones and changed ones

const live = new LiveFeed(data.cursor);
const unseen = new Unseen();

live.addEventListener("alert", ({ detail: alert }) => {
  if (gallery?.update(alert) || !fits(alert)) return;
  if (!gallery?.element.isConnected) location.reload();
  else if (gallery.take(alert)) tellNew(alert);
});
live.addEventListener("missed", () => location.reload());
gallery?.addEventListener("held", () => {
  const waiting = gallery.held.size;
  fresh.hidden = !waiting;
  if (waiting) text(fresh.querySelector("[data-slot=count]"), `${waiting} new`);
  showAll();
});
gallery?.addEventListener("nothing", () => text(document.getElementById("alert-count"), "0 visits"));
fresh.querySelector("button").addEventListener("click", () => { gallery.release(); scrollTo({ top: 0 }); });

function tellNew(alert) {
  if (data.range[1] === data.read_at) timeline.reach(Date.parse(alert.received_at));
  timeline.more(Date.parse(alert.opened_at));
  if (!alert.acknowledged_by) unseen.more();
  if (total !== null) text(document.getElementById("alert-count"), `${count(total += 1)} visits`);
}

function fits(alert) {
  const { min_score: score, acknowledged, since, until } = data.api_query;
  const opened = Date.parse(alert.opened_at);
  if (inside || until || opened < Date.parse(since) || acknowledged === "true" || (acknowledged && alert.acknowledged_by)) return false;
  return (!data.stats_of || data.stats_of.includes(alert.camera_id)) && alert.score >= Number(score || 0);
}

// --- acknowledging

const open = () => (gallery?.shots || []).filter((shot) => !shot.hasAttribute("data-acknowledged"));

function showAll() { if (all) all.hidden = !open().length; }

function mark(element, by) {
  set(element, "data-acknowledged", true);
  element.querySelector(".seen").hidden = false;
  text(element.querySelector("[data-slot=by]"), by);
}

async function acknowledgeAll() {
  const shots = open();
  const detail = "They are marked as seen, with your name, for everybody.";
  if (!shots.length || !await confirmed({ title: `Acknowledge ${count(shots.length)} visits?`, detail, action: "Acknowledge", calm: true })) return;
  try {
    for (let from = 0; from < shots.length; from += AT_ONCE) {
      const some = shots.slice(from, from + AT_ONCE);
      await api("POST", "/api/alerts/acknowledge", { ids: some.map((shot) => shot.dataset.alert) });
      for (const shot of some) mark(shot, data.username);
    }
    toast(`${count(shots.length)} acknowledged`);
  } catch (problem) {
    toast(problem.message, "bad");
  }
  showAll();
}

async function acknowledgeOne() {
  const element = document.activeElement.closest(".shot");
  if (!element || !data.may_acknowledge || element.hasAttribute("data-acknowledged")) return;
  try {
    const alert = await api("POST", `/api/alerts/${element.dataset.alert}/acknowledge`, {});
    fillAlert(element, alert, names.of(alert));
    toast("Acknowledged");
  } catch (problem) {
    toast(problem.message, "bad");
  }
  showAll();
}

all?.addEventListener("click", acknowledgeAll);

// --- keys

function walk(by) {
  const shots = gallery?.shots || [];
  const at = shots.findIndex((element) => element.contains(document.activeElement));
  shots[Math.min(shots.length - 1, Math.max(0, at + by))]?.querySelector("a").focus();
}

startPage();
startSliders(form);
startKeys([
  { keys: ["j", "ArrowRight"], label: "Next (older)", run: () => walk(1) },
  { keys: ["k", "ArrowLeft"], label: "Previous (newer)", run: () => walk(-1) },
  { keys: ["Enter"], label: "Open" },
  ...(data.may_acknowledge ? [{ keys: ["a"], label: "Acknowledge the chosen one", run: acknowledgeOne }, { keys: ["A"], label: "Acknowledge all shown", run: acknowledgeAll }] : []),
]);
showLink(live);
live.start();
