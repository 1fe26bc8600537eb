// Building and filling elements: text is always text, never markup.

const ICONS = new URL("../img/icons.svg", import.meta.url).href;
const SVG = "http://www.w3.org/2000/svg";

/** The data that a page was rendered from. */
export function pageData(page = document) {
  const block = page.getElementById("page-data");
  return block ? JSON.parse(block.textContent) : {};
}

/** A new element: attributes from an object, then children (strings become text). */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A new SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children);
  return element;
}

/** Set an attribute; null or false takes it away, true gives it without a value. */
export function set(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

/** Write text only where it differs, so that nothing is laid out or read aloud again for nothing. */
export function text(element, value) {
  if (element && element.textContent !== String(value)) element.textContent = value;
}

export function icon(name, extra = "") {
  return svg("svg", { class: `icon ${extra}`, "aria-hidden": "true" }, svg("use", { href: `${ICONS}#${name}` }));
}

/** Change the glyph of an icon that is there. */
export function swapIcon(host, name) {
  host.querySelector("use")?.setAttribute("href", `${ICONS}#${name}`);
}

/** A copy of a <template>'s only element. */
export function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** The parts of an element that scripts fill, by their data-slot. */
export function slots(element) {
  return Object.fromEntries([...element.querySelectorAll("[data-slot]")].map((part) => [part.dataset.slot, part]));
}

/** Show a picture, or hide the element while there is none. */
export function picture(image, url) {
  if (!image) return;
  if (url && image.getAttribute("src") !== url) image.setAttribute("src", url);
  image.hidden = !url;
}
