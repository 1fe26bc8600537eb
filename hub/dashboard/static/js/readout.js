// Latency, bit rate and size of one running video, on demand.

import { el } from "./dom.js";

const EVERY_MS = 1000;

export class Readout {
  constructor(host, video) {
    this.host = host;
    this.video = video;
    this.timer = 0;
    this.last = null;
  }

  /** Show or hide; `player` gives the peer connection whose statistics are read. */
  toggle(player) {
    clearInterval(this.timer);
    this.host.hidden = !this.host.hidden;
    this.last = null;
    if (this.host.hidden) return;
    const step = async () => this.show(await numbers(player()?.pc, this));
    this.timer = setInterval(step, EVERY_MS);
    step();
  }

  show(rows) {
    const { videoWidth: width, videoHeight: height } = this.video;
    const all = [["Picture", width ? `${width}×${height}` : "none"], ...rows];
    this.host.replaceChildren(...all.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  }
}

async function numbers(peer, readout) {
  if (!peer) return [];
  const report = [...(await peer.getStats()).values()];
  const inbound = report.find((entry) => entry.type === "inbound-rtp" && entry.kind === "video");
  if (!inbound) return [];
  const pair = report.find((entry) => entry.type === "candidate-pair" && entry.nominated);
  const rows = [["Frames", `${Math.round(inbound.framesPerSecond || 0)}/s`], ["Lost", `${inbound.packetsLost || 0}`]];
  const rate = bitRate(inbound, readout.last);
  if (rate !== null) rows.push(["Bit rate", rate]);
  const behind = latency(inbound, readout.last, pair);
  if (behind !== null) rows.push(["Network and buffer", `${behind} ms`]);
  readout.last = inbound;
  return rows;
}

function bitRate(now, before) {
  if (!before || now.timestamp <= before.timestamp) return null;
  const kilobits = (now.bytesReceived - before.bytesReceived) * 8 / (now.timestamp - before.timestamp);
  return kilobits >= 1000 ? `${(kilobits / 1000).toFixed(1)} Mbit/s` : `${Math.round(kilobits)} kbit/s`;
}

function latency(now, before, pair) {
  const frames = now.jitterBufferEmittedCount - (before?.jitterBufferEmittedCount || 0);
  if (!frames) return null;
  const buffered = (now.jitterBufferDelay - (before?.jitterBufferDelay || 0)) / frames;
  return Math.round(1000 * (buffered + (pair?.currentRoundTripTime || 0) / 2));
}
