// What the device wrote into each picture, by the picture's RTP timestamp: read in one worker for all players.

const KEPT = 256;
const READY_MS = 1500;

let worker = null;

/** The worker once it runs; null where the browser has none of this. */
export function labelReader() {
  if (!("RTCRtpScriptTransform" in globalThis)) return Promise.resolve(null);
  worker ??= new Promise((resolve) => {
    const one = new Worker(new URL("./frame-labels.js", import.meta.url));
    one.onmessage = () => resolve(one);
    one.onerror = () => resolve(null);
    setTimeout(() => resolve(null), READY_MS);
  });
  return worker;
}

/**
 * The labels of one connection's pictures. Made in the same task as the receiver: a moment later Chromium has already
 * sent its pictures another way.
 */
export class Labels {
  #byRtp = new Map();
  #newest = null;
  #port = null;
  onLabel = () => {}; // told of each as it comes, also while the page is hidden and paints nothing

  constructor(receiver, reader) {
    if (!reader) return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => this.#keep(data);
    this.#port = port1;
    receiver.transform = new RTCRtpScriptTransform(reader, { port: port2 }, [port2]);
  }

  #keep(label) {
    this.#newest = label;
    this.#byRtp.set(label.rtp, label);
    if (this.#byRtp.size > KEPT) this.#byRtp.delete(this.#byRtp.keys().next().value);
    this.onLabel(label);
  }

  /** The label of a picture; of the newest where the browser does not say which picture it shows. */
  of({ rtpTimestamp }) {
    return rtpTimestamp === undefined ? this.#newest : this.#byRtp.get(rtpTimestamp) ?? null;
  }

  close() {
    this.#port?.close();
  }
}
