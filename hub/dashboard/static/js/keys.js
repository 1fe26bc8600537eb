// The keys of a page, and the list of them behind "?"; none of them works while one types.

import { el, slots } from "./dom.js";

// What has just closed keeps the focus for a moment: keys go to the page then.
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, dialog[open], :popover-open, [role=application]";
const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };
const PAGES = { l: ["/", "Live"], a: ["/alerts", "Alerts"], c: ["/cameras", "Cameras"], d: ["/devices", "Devices"], o: ["/overview", "Overview"] };
const SECOND_MS = 1200;

/** How a key is named in a binding: `Shift+` only where the key has no upper case of its own. */
const named = (event) => (event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key);

/** `bindings`: [{keys, label, run}]; without `run` it is only told of, without `label` only done; `run` false: not here. */
export function startKeys(bindings) {
  const actions = new Map(bindings.filter(({ run }) => run).flatMap(({ keys, run }) => keys.map((key) => [key, run])));
  let going = -Infinity;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
    const page = event.timeStamp - going < SECOND_MS && PAGES[event.key];
    going = event.key === "g" ? event.timeStamp : -Infinity;
    if (page) return location.assign(page[0]);
    const action = event.key === "?" ? () => showKeys(bindings) : actions.get(named(event));
    if (!action || action(event) === false) return;
    event.preventDefault();
  });
  const item = document.getElementById("show-keys");
  item.hidden = false;
  item.addEventListener("click", () => { item.closest("[popover]").hidePopover(); showKeys(bindings); });
}

function showKeys(bindings) {
  const dialog = document.getElementById("keys");
  const pages = Object.entries(PAGES).map(([key, [, label]]) => ({ keys: [`g ${key}`], label: `Go to ${label}` }));
  slots(dialog).list.replaceChildren(...[...bindings.filter(({ label }) => label), ...pages, { keys: ["?"], label: "This list" }].flatMap(row));
  dialog.showModal();
}

function row({ keys, label }) {
  const parts = keys.flatMap((key) => key.split(/[ +]/)).map((part) => el("kbd", {}, NAMES[part] || part));
  return [el("dt", {}, label), el("dd", {}, ...parts)];
}
