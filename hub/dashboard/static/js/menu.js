// Pop-up menus: placed beside what opened them, arrow keys to move, Escape and a click elsewhere to close.

const GAP = 6;

/** Open a popover menu beside an element, inside the window. */
export function openMenu(menu, opener) {
  menu.showPopover();
  place(menu, opener.getBoundingClientRect());
  items(menu)[0]?.focus();
}

function place(menu, from) {
  const box = menu.getBoundingClientRect();
  const below = from.bottom + GAP + box.height <= innerHeight;
  const top = below ? from.bottom + GAP : Math.max(GAP, from.top - GAP - box.height);
  const left = Math.min(Math.max(GAP, from.right - box.width), innerWidth - box.width - GAP);
  menu.style.setProperty("top", `${top}px`);
  menu.style.setProperty("left", `${left}px`);
}

const items = (menu) => [...menu.querySelectorAll(".menu-item:not([aria-disabled=true])")].filter((item) => item.offsetParent);

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = items(event.currentTarget);
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
}

export function startMenus() {
  for (const menu of document.querySelectorAll(".menu[popover]")) {
    menu.addEventListener("keydown", walk);
    menu.addEventListener("toggle", (event) => {
      const opener = document.querySelector(`[popovertarget="${menu.id}"]`);
      if (event.newState === "open" && opener) { place(menu, opener.getBoundingClientRect()); items(menu)[0]?.focus(); }
      if (opener) opener.setAttribute("aria-expanded", String(event.newState === "open"));
    });
  }
}
