// A page made on the hub that has become old: loaded again at once, or as soon as nobody is in the middle of something.

const BUSY = "dialog[open], :popover-open:not(.toasts), [aria-busy=true]";
const READ_MS = 2500; // a message that was just said can be read first
let old = false;

function retry() {
  if (old && !document.querySelector(BUSY)) location.reload();
}

/** There is news that only a new page shows. */
export function outdated() {
  old = true;
  retry();
}

/** Something has ended; news that waited for it may come. */
export function ended() {
  setTimeout(retry, READ_MS);
}

document.addEventListener("close", retry, true);
document.addEventListener("toggle", retry, true);
