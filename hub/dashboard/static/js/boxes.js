// Boxes over a video whose camera sends them beside its pictures. Picture and boxes are painted together, so that no
// box is ever seen on another picture than its own; without boxes the video shows through.

const COLOUR = "#00e676"; // edge/annotate.py draws with the same
const THIN_HEIGHT = 600;
const NO_BOXES = { width: 1, height: 1, boxes: [] };

/** A canvas that lies exactly over a <video>. */
export class BoxLayer {
  #video;
  #canvas = document.createElement("canvas");
  #resized;
  #clean = true;
  #mirrored = false;

  constructor(video) {
    this.#video = video;
    this.#canvas.className = "boxes";
    Object.assign(this.#canvas.style, { position: "absolute", pointerEvents: "none" });
    this.#resized = new ResizeObserver(() => this.#place());
  }

  /** The boxes of the picture that the video shows now: `{width, height, boxes}`, or null. */
  show(label) {
    if (!label?.boxes.length && !this.#mirrored) return this.clear();
    if (!this.#canvas.isConnected) this.#join();
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    this.#paint(this.#canvas.getContext("2d"), label ?? NO_BOXES);
    this.#clean = false;
  }

  /** Pictures and boxes as one stream, until unmirror(): then every picture is painted, also those without a box. */
  mirror() {
    this.#mirrored = true;
    this.show(null);
    return this.#canvas.captureStream();
  }

  unmirror() {
    this.#mirrored = false;
    this.clear();
  }

  #paint(context, label) {
    const { width, height } = this.#canvas;
    const [x, y] = [width / label.width, height / label.height];
    const line = height < THIN_HEIGHT ? 2 : 4;
    context.drawImage(this.#video, 0, 0, width, height);
    context.strokeStyle = COLOUR;
    context.lineWidth = line;
    for (const [left, top, right, bottom] of label.boxes) {
      context.strokeRect(left * x + line / 2, top * y + line / 2, (right - left) * x - line, (bottom - top) * y - line);
    }
  }

  clear() {
    if (this.#clean) return;
    this.#clean = true;
    this.#canvas.getContext("2d").clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  #join() {
    this.#canvas.style.objectFit = getComputedStyle(this.#video).objectFit;
    this.#video.after(this.#canvas);
    this.#resized.observe(this.#video);
    this.#place();
  }

  #place() {
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = this.#video;
    const sides = { left: offsetLeft, top: offsetTop, width: offsetWidth, height: offsetHeight };
    for (const [side, length] of Object.entries(sides)) this.#canvas.style[side] = `${length}px`;
  }

  remove() {
    this.#resized.disconnect();
    this.#canvas.remove();
    this.#clean = true;
  }
}
