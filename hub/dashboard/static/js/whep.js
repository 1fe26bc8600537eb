// One WHEP session: an offer, its answer, one video track.

import { Labels } from './labels.js';

export const CONNECT_MS = 10000; // from the offer to the first picture
export const RETRY_MS = { first: 300, most: 8000, starting: 500, resting: 5000 };

/** Something that ended or prevented a session: `state` is what to show, `wait` how long to rest (undefined: back off). */
export class PlayError extends Error {
  constructor(state, reason, wait) {
    super(reason);
    this.state = state;
    this.wait = wait;
  }
}

/** One peer connection; `labels` tells what its pictures carry, where there is a `reader` (labels.js). */
export class WhepSession {
  #location = null;
  #token = '';

  constructor(reader) {
    this.pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' });
    this.receiver = this.pc.addTransceiver('video', { direction: 'recvonly' }).receiver;
    this.labels = new Labels(this.receiver, reader);
    if ('jitterBufferTarget' in this.receiver) this.receiver.jitterBufferTarget = 0;
  }

  /** Post the offer and take the answer. The server learns our address from our first packet: no candidates, no trickle. */
  async open(url, token, signal) {
    this.#token = token;
    await this.pc.setLocalDescription(await this.pc.createOffer());
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${token}` },
      body: this.pc.localDescription.sdp,
      signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]),
    });
    if (response.status === 404) throw new PlayError('connecting', 'the device starts', RETRY_MS.starting);
    if (response.status === 503) throw new PlayError('connecting', 'the media server is busy', RETRY_MS.starting);
    if (response.status !== 201) throw new PlayError('offline', `media server: ${response.status}`);
    const location = response.headers.get('Location');
    if (location) this.#location = new URL(location, response.url);
    const sdp = await response.text();
    if (signal.aborted) throw new PlayError('stopped', 'stopped');
    await this.pc.setRemoteDescription({ type: 'answer', sdp });
  }

  /** Whether the transport says that it is over. Chromium keeps connectionState "connected" long after the peer left. */
  get over() {
    const dtls = this.receiver.transport?.state;
    return ['failed', 'closed', 'disconnected'].includes(this.pc.connectionState) || dtls === 'closed' || dtls === 'failed';
  }

  close() {
    this.pc.close();
    this.labels.close();
    if (!this.#location) return;
    const headers = { Authorization: `Bearer ${this.#token}` };
    fetch(this.#location, { method: 'DELETE', headers, keepalive: true }).catch(() => {}); // the server also sees us go
    this.#location = null;
  }
}
