// Pictures that do not come (the disk has lost them, the hub is away): a quiet blank, not the browser's broken one.

const broken = (image) => image.complete && image.hasAttribute("src") && !image.naturalWidth;
const mark = (image, lost) => { if (image instanceof HTMLImageElement) image.toggleAttribute("data-lost", lost); };

export function startLost() {
  for (const image of document.images) mark(image, broken(image)); // before this script ran
  for (const [event, lost] of [["error", true], ["load", false]]) document.addEventListener(event, ({ target }) => mark(target, lost), true);
}
