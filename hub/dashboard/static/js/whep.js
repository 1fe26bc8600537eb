// One WHEP session: an offer, its answer, one video track, and what its connection says of itself.

import { Labels } from './labels.js';

export const CONNECT_MS = 10000; // from the offer to the first picture
export const RETRY_MS = { first: 300, most: 8000, starting: 500, resting: 5000 };

/** Resolves after `ms`, or at once when `signal` aborts. */
export const sleep = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });

/** Something that ended or prevented a session: `state` is what to show, `wait` how long to rest (undefined: back off). */
export class PlayError extends Error {
  constructor(state, reason, wait) {
    super(reason);
    this.state = state;
    this.wait = wait;
  }
}

/**
 * One peer connection; `labels` tells what its pictures carry, where there is a `reader` (labels.js), `shown` whether one was seen,
 * and `signal` aborts with close().
 */
export class WhepSession {
  shown = false;
  #location = null;
  #token = '';
  #end = new AbortController();
  #bytes = { count: 0, at: performance.now(), rate: 0 };

  constructor(reader) {
    this.pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' });
    this.receiver = this.pc.addTransceiver('video', { direction: 'recvonly' }).receiver;
    this.labels = new Labels(this.receiver, reader);
    if ('jitterBufferTarget' in this.receiver) this.receiver.jitterBufferTarget = 0;
  }

  get signal() { return this.#end.signal; }

  /** Post the offer and take the answer. The server learns our address from our first packet: no candidates, no trickle. */
  async open(url, token) {
    this.#token = token;
    await this.pc.setLocalDescription(await this.pc.createOffer());
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${token}` },
      body: this.pc.localDescription.sdp,
      signal: AbortSignal.any([this.signal, AbortSignal.timeout(CONNECT_MS)]),
    });
    if (response.status === 404) throw new PlayError('connecting', 'the device starts', RETRY_MS.starting);
    if (response.status === 503) throw new PlayError('connecting', 'the media server is busy', RETRY_MS.starting);
    if (response.status !== 201) throw new PlayError('offline', `media server: ${response.status}`);
    const location = response.headers.get('Location');
    if (location) this.#location = new URL(location, response.url);
    const sdp = await response.text();
    if (this.signal.aborted) throw new PlayError('stopped', 'stopped');
    await this.pc.setRemoteDescription({ type: 'answer', sdp });
  }

  /** Whether the transport says that it is over. Chromium keeps connectionState "connected" long after the peer left. */
  get over() {
    const dtls = this.receiver.transport?.state;
    return ['failed', 'closed', 'disconnected'].includes(this.pc.connectionState) || dtls === 'closed' || dtls === 'failed';
  }

  /** How many pictures it has decoded. */
  async decoded() {
    const reports = [...(await this.receiver.getStats()).values()];
    return reports.find((r) => r.type === 'inbound-rtp')?.framesDecoded ?? 0;
  }

  /** `{width, height, bitrate_bps, fps, dropped, rtt_ms, jitter_buffer_ms}`; the bit rate is since it was last asked, 1 to 30 s ago. */
  async figures() {
    const reports = [...(await this.pc.getStats()).values()];
    const video = reports.find((r) => r.type === 'inbound-rtp' && r.kind === 'video') ?? {};
    const pair = reports.find((r) => r.type === 'candidate-pair' && r.nominated) ?? {};
    const emitted = video.jitterBufferEmittedCount ?? 0;
    return {
      width: video.frameWidth ?? 0,
      height: video.frameHeight ?? 0,
      bitrate_bps: this.#bitrate(video.bytesReceived ?? 0),
      fps: video.framesPerSecond ?? 0,
      dropped: video.framesDropped ?? 0,
      rtt_ms: (pair.currentRoundTripTime ?? 0) * 1000,
      jitter_buffer_ms: emitted ? (video.jitterBufferDelay / emitted) * 1000 : 0,
    };
  }

  #bitrate(count) {
    const now = performance.now();
    const seconds = (now - this.#bytes.at) / 1000;
    if (seconds > 30) this.#bytes = { count, at: now, rate: 0 };
    else if (seconds >= 0.9) this.#bytes = { count, at: now, rate: ((count - this.#bytes.count) * 8) / seconds };
    return this.#bytes.rate;
  }

  close() {
    this.#end.abort();
    this.pc.close();
    this.labels.close();
    if (!this.#location) return;
    const headers = { Authorization: `Bearer ${this.#token}` };
    fetch(this.#location, { method: 'DELETE', headers, keepalive: true }).catch(() => {}); // the server also sees us go
    this.#location = null;
  }
}
