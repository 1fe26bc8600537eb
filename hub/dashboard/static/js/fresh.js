// A page made on the hub that has become old: loaded again at once, or as soon as nobody is in the middle of something.

const BUSY = "dialog[open], :popover-open:not(.toasts), [aria-busy=true]";
let old = false;

/** Somebody is in the middle of something that a new page would interrupt. */
export const busy = () => Boolean(document.querySelector(BUSY));

function retry() {
  if (old && !busy()) location.reload();
}

/** There is news that only a new page shows. */
export function outdated() {
  old = true;
  retry();
}

document.addEventListener("close", retry, true);
document.addEventListener("toggle", retry, true);
