// Forms that talk to the API: what was typed stays, errors stand at their field, the button says that it is busy.

import { api } from "./api.js";
import { el, icon, set, text } from "./dom.js";

const READ = {
  number: (input) => (input.value === "" ? null : Number(input.value)),
  bool: (input) => input.checked,
  json: (input) => JSON.parse(input.value),
  nullable: (input) => input.value || null,
};

/** What a form says, as the API takes it; a dot in a name nests. */
export function collect(form) {
  const body = {};
  for (const input of form.elements) {
    if (!input.name || input.disabled || (input.type === "radio" && !input.checked)) continue;
    const path = input.name.split(".");
    const last = path.pop();
    const place = path.reduce((part, name) => (part[name] ??= {}), body);
    place[last] = (READ[input.dataset.type] || (() => input.value))(input);
  }
  return body;
}

/** What the form said as it came from the hub, also if somebody has typed before this script ran. */
export function collectGiven(form) {
  const copy = form.cloneNode(true);
  copy.reset();
  return collect(copy);
}

/** Of `now` what was not so `before`, in the same nesting: for a PATCH that leaves alone what nobody touched. */
export function changes(now, before) {
  const found = {};
  for (const [name, value] of Object.entries(now)) {
    const nested = value?.constructor === Object;
    const part = nested ? changes(value, before[name]) : value;
    if (nested ? Object.keys(part).length : JSON.stringify(value) !== JSON.stringify(before[name])) found[name] = part;
  }
  return found;
}

/** Send a form to `data-method data-path`; `done` gets the answer. `read` may give the body (default: all fields). */
export function apiForm(form, done, read = collect) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear(form);
    if (!complete(form)) return;
    const button = event.submitter || form.querySelector("[type=submit], button:not([type])");
    set(button, "aria-busy", "true");
    try {
      await done(await api(form.dataset.method, form.dataset.path, read(form)));
    } catch (problem) {
      show(form, problem);
    } finally {
      set(button, "aria-busy", null);
    }
  });
}

const field = (form, name) => form.querySelector(`[data-field="${CSS.escape(name)}"]`);

/** Ask for what is required before asking the hub. */
function complete(form) {
  const missing = [...form.elements].filter((input) => input.required && !input.value.trim());
  for (const input of missing) mark(form, input.name, "Needed");
  missing[0]?.focus();
  return !missing.length;
}

function mark(form, name, message) {
  const place = field(form, name);
  if (!place) return null;
  text(place.matches(".field-error") ? place : place.querySelector(".field-error"), message);
  const input = place.querySelector("input, select, textarea");
  set(input || place, "aria-invalid", "true");
  return input || place;
}

function clear(form) {
  for (const place of form.querySelectorAll(".field-error")) text(place, "");
  for (const input of form.querySelectorAll("[aria-invalid]")) set(input, "aria-invalid", null);
  form.querySelector("[data-slot=problem]")?.replaceChildren();
}

/** Errors at their fields; what has no field stands on top. */
function show(form, problem) {
  const unplaced = [];
  let first = null;
  for (const [name, message] of problem.errors || []) {
    const input = mark(form, name, message) || mark(form, name.split(/[.[]/)[0], `${name}: ${message}`);
    if (input) first ??= input;
    else unplaced.push(`${name}: ${message}`);
  }
  if (!first || unplaced.length) say(form, unplaced.join("; ") || problem.message);
  first?.focus();
}

function say(form, message) {
  const notice = el("div", { class: "notice", "data-tone": "bad", role: "alert", tabindex: "-1" }, icon("warning"), el("p", {}, message));
  form.querySelector("[data-slot=problem]").replaceChildren(notice);
  notice.focus();
}

/** Sliders show their value as people read it. */
export function startSliders(root) {
  const says = { percent: (value) => `${Math.round(value * 100)} %`, px: (value) => `${value} px`, "per s": (value) => `${value} per s` };
  for (const input of root.querySelectorAll("input[type=range]")) {
    const output = input.parentElement.querySelector("output");
    const tell = () => text(output, (says[input.dataset.unit] || says.percent)(Number(input.value)));
    input.addEventListener("input", tell);
    tell();
  }
}
