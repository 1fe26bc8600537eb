// The filters of the alert list: they apply themselves, and the address always says what is shown, in absolute time.

import { set } from "./dom.js";

const NONE = new Set(["", "0"]);

/** A time of an <input type="datetime-local"> as everybody's address has it, whatever zone they are in. */
const absolute = (text) => (text ? new Date(text).toISOString() : "");

function address(form, changes) {
  const values = Object.fromEntries(new FormData(form));
  for (const name of ["since", "until"]) values[name] = absolute(values[name]);
  const given = Object.entries({ ...values, ...changes }).filter(([, value]) => !NONE.has(value));
  return `${form.getAttribute("action")}?${new URLSearchParams(given)}`;
}

/** Filters that go on their own; `changes` replaces fields, e.g. {since, until} as ISO text. Returns `go(changes)`. */
export function startFilters(form) {
  const go = (changes = {}) => location.assign(address(form, changes));
  form.addEventListener("submit", (event) => { event.preventDefault(); go(); });
  form.addEventListener("change", ({ target }) => { if (target.type !== "datetime-local") go(); });
  const fold = document.getElementById("fold");
  fold.addEventListener("click", () => {
    const open = !form.hasAttribute("data-open");
    set(form, "data-open", open);
    set(fold, "aria-expanded", String(open));
  });
  form.querySelector("#period-clear").addEventListener("click", () => go({ since: "", until: "" }));
  return go;
}
