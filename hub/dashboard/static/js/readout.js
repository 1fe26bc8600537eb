// Latency, bit rate and size of one running video, on demand.

import { el } from "./dom.js";

const EVERY_MS = 1000;

/** Owns a <dl>; `stats()` is the player's, null while there is no connection. */
export class Readout {
  constructor(host) {
    this.host = host;
    this.timer = 0;
  }

  toggle(stats) {
    clearInterval(this.timer);
    this.host.hidden = !this.host.hidden;
    if (this.host.hidden) return;
    const step = async () => this.show(await stats());
    this.timer = setInterval(step, EVERY_MS);
    step();
  }

  show(stats) {
    const rows = stats ? numbers(stats) : [["Video", "not connected"]];
    this.host.replaceChildren(...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  }
}

/** From the camera's glass to this one; only a device that labels its pictures with their time can tell. */
function glass({ glass_ms_p50: half, glass_ms_p95: most }) {
  return half === null || half === undefined ? "not measured" : `${Math.round(half)} ms, p95 ${Math.round(most)} ms`;
}

function numbers(stats) {
  const kilobits = stats.bitrate_bps / 1000;
  return [
    ["Picture", stats.width ? `${stats.width}×${stats.height}` : "none yet"],
    ["Frames", `${Math.round(stats.fps)} per s, ${stats.dropped} dropped`],
    ["Bit rate", kilobits >= 1000 ? `${(kilobits / 1000).toFixed(1)} Mbit/s` : `${Math.round(kilobits)} kbit/s`],
    ["Glass to glass", glass(stats)],
    ["Network and buffer", `${Math.round(stats.rtt_ms / 2 + stats.jitter_buffer_ms)} ms`],
    ...(stats.note ? [["Note", stats.note]] : []),
  ];
}
