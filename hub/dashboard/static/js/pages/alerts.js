// The alerts page: filters that apply themselves, the timeline, older ones on scrolling, new ones on a button, keys.

import { api } from "../api.js";
import { cameraNames, fillAlert } from "../alert-view.js";
import { pageData, set, text } from "../dom.js";
import { download } from "../export.js";
import { startSliders } from "../forms.js";
import { LiveFeed, showLink } from "../live.js";
import { startPage } from "../page.js";
import { sayTimes } from "../time.js";
import { spanText, Timeline } from "../timeline.js";
import { toast } from "../toast.js";

const MOST = 2000;
const data = pageData();
const names = cameraNames(data.cameras);
const form = document.getElementById("filters");
const gallery = document.getElementById("gallery");
const more = document.getElementById("more");
const fresh = document.getElementById("fresh");
const known = new Map([...(gallery?.querySelectorAll(".shot") || [])].map((element) => [element.dataset.alert, element]));
let waiting = 0;

// --- filters: the address always says what is shown

function submit() {
  for (const input of form.elements) input.disabled = !input.value || (input.name === "min_score" && Number(input.value) === 0);
  form.submit();
}
form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
form.addEventListener("change", submit);
addEventListener("pageshow", () => { for (const input of form.elements) input.disabled = false; });

function pick({ since, until }) {
  form.elements.since.value = since;
  form.elements.until.value = until;
  submit();
}

const picked = data.picked && data.picked.map((time) => Date.parse(time));
const timeline = new Timeline({
  plot: document.getElementById("timeline-plot"),
  ticks: document.getElementById("timeline-ticks"),
  range: data.range.map((time) => Date.parse(time)),
  bucket: data.bucket,
  picked,
});
if (picked) text(document.getElementById("timeline-text"), spanText(picked));
timeline.addEventListener("pick", ({ detail }) => pick(detail));
document.getElementById("timeline-clear").addEventListener("click", () => pick({ since: "", until: "" }));
timeline.load(data.stats_of).catch((problem) => toast(`The timeline: ${problem.message}`, "bad"));

// --- older ones: the next page of the very same list, its entries taken over into this one

const dayOf = (item) => item.querySelector("time")?.textContent;

function takeOver(page) {
  const items = [...page.querySelectorAll("#gallery > li")].map((item) => document.adoptNode(item));
  sayTimes(items);
  const last = [...gallery.querySelectorAll(".gallery-day")].at(-1);
  const fresh = items.filter((item) => !known.has(item.dataset.alert) && !(item.matches(".gallery-day") && dayOf(item) === dayOf(last)));
  for (const item of fresh) if (item.dataset.alert) known.set(item.dataset.alert, item);
  gallery.append(...fresh);
  const next = page.querySelector("#more a");
  if (next && known.size < MOST) more.querySelector("a").href = next.href;
  else more.remove();
}

let loading = false;
async function older() {
  if (loading) return;
  loading = true;
  const link = more.querySelector("a");
  try {
    const response = await fetch(link.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) throw new Error();
    takeOver(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    seeker.disconnect(); // the link is still there to be followed
  }
  loading = false;
}
const seeker = new IntersectionObserver((entries) => { if (entries[0].isIntersecting) older(); }, { rootMargin: "800px" });
if (more) seeker.observe(more);

// --- new ones and changed ones

const live = new LiveFeed(data.cursor);
live.addEventListener("alert", ({ detail: alert }) => {
  const element = known.get(alert.id);
  if (element) return fillAlert(element, alert, names.of(alert));
  if (alert.closed_at || !fits(alert)) return undefined;
  waiting += 1;
  fresh.hidden = false;
  timeline.more(Date.parse(alert.opened_at));
  return text(fresh.querySelector("[data-slot=count]"), `${waiting} new`);
});
live.addEventListener("missed", () => { fresh.hidden = false; text(fresh.querySelector("[data-slot=count]"), "Many new"); });
fresh.querySelector("button").addEventListener("click", () => location.reload());

function fits(alert) {
  const { min_score: score, acknowledged, until } = data.api_query;
  if (until || acknowledged === "true") return false;
  return (!data.stats_of || data.stats_of.includes(alert.camera_id)) && alert.score >= Number(score || 0);
}

// --- keys: arrows and J, K walk, Enter opens, A acknowledges

const shots = () => [...known.values()];
function walk(by) {
  const all = shots();
  const at = all.findIndex((element) => element.contains(document.activeElement));
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  next?.querySelector("a").focus();
}

async function acknowledge() {
  const element = document.activeElement.closest(".shot");
  if (!element || !data.may_acknowledge || element.hasAttribute("data-acknowledged")) return;
  try {
    const alert = await api("POST", `/api/alerts/${element.dataset.alert}/acknowledge`, {});
    fillAlert(element, { ...alert }, names.of(alert));
    set(element, "data-acknowledged", true);
    toast("Acknowledged");
  } catch (problem) {
    toast(problem.message, "bad");
  }
}

const KEYS = { j: () => walk(1), k: () => walk(-1), ArrowRight: () => walk(1), ArrowLeft: () => walk(-1), a: acknowledge };
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea, #timeline-plot, dialog, [popover]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

// --- export

document.getElementById("export-menu").addEventListener("click", async (event) => {
  const { export: format } = event.target.closest("[data-export]")?.dataset || {};
  if (!format) return;
  document.getElementById("export-menu").hidePopover();
  try {
    toast(`${await download(format, { query: data.api_query, cameras: data.stats_of, names })} alerts written`);
  } catch (problem) {
    toast(problem.message, "bad");
  }
});

startPage();
startSliders(form);
showLink(live);
live.start();
