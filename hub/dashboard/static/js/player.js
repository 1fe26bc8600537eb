/**
 * Plays one camera's live video over WHEP and keeps it playing: leases, joins, notices a frozen picture, reconnects.
 *
 *   const player = new WhepPlayer(videoElement, { watch, onState });
 *   player.start();   // until stop(); rests by itself while the page is hidden
 *
 * `watch({width, page, screen})` asks the hub for a stream that is shown so many device pixels wide, and tells it how late pictures
 * are on this screen (null: not known). It resolves to `{whep_url, token, lease_s, state, reason?, note?, at?}` and is called again
 * every third of the lease, so that the device publishes exactly as long as somebody looks, and when the picture grows. Boxes that
 * the camera sends beside its pictures are drawn over the video.
 * `onState(state, reason)` is told of every change:
 *   connecting  asked for, no picture yet          live     pictures come
 *   frozen      the last picture stands            stopped  nobody wants it, or somebody pinned Stop
 *   pending     the device is away                 offline  hub or media server do not answer
 */

import { BoxLayer } from './boxes.js';
import { Delay } from './delay.js';
import { labelReader } from './labels.js';
import { Lease } from './lease.js';
import { Pictures } from './pictures.js';
import { PlayError, RETRY_MS, sleep, WhepSession } from './whep.js';

export class WhepPlayer {
  #video;
  #lease;
  #pictures;
  #onState;
  #run = null; // AbortController while started and visible
  #started = false;
  #session = null;
  #state = 'stopped';
  #reason = '';
  #failures = 0;
  #boxes;
  #mirror = null; // a second element with the boxes in its pictures, while it floats
  #delay = new Delay();

  constructor(video, { watch, onState = () => {} }) {
    this.#video = video;
    this.#boxes = new BoxLayer(video);
    this.#pictures = new Pictures(video, { boxes: this.#boxes, delay: this.#delay, onShown: () => this.#shown() });
    this.#lease = new Lease(video, watch, this.#delay);
    this.#onState = onState;
    video.muted = true;
    video.playsInline = true;
    video.autoplay = true;
  }

  get state() { return this.#state; }
  get reason() { return this.#reason; }
  /** The peer connection of now, for its statistics; null without one. */
  get pc() { return this.#session?.pc ?? null; }

  /** Whether it floats over other windows: then it plays on while its page is hidden. */
  get floats() {
    const floating = document.pictureInPictureElement;
    return Boolean(floating) && (floating === this.#video || floating === this.#mirror);
  }

  /** The element to float: where boxes are laid over the video, one whose pictures hold them. */
  async floating(overlaid) {
    if (!overlaid || !('captureStream' in HTMLCanvasElement.prototype)) return this.#video;
    this.#unmirror();
    this.#mirror = Object.assign(document.createElement('video'), { muted: true, playsInline: true, srcObject: this.#boxes.mirror() });
    this.#mirror.addEventListener('leavepictureinpicture', () => { this.#unmirror(); this.#onVisibility(); }, { once: true });
    await this.#mirror.play();
    return this.#mirror;
  }

  #unmirror() {
    if (!this.#mirror) return;
    this.#mirror.srcObject = null;
    this.#mirror = null;
    this.#boxes.unmirror();
  }

  /** Play until stop(). Calling it again asks at once instead of waiting for the next try. */
  start() {
    this.#started = true;
    document.addEventListener('visibilitychange', this.#onVisibility);
    document.addEventListener('leavepictureinpicture', this.#onVisibility);
    window.addEventListener('pagehide', this.#onPageHide);
    window.addEventListener('pageshow', this.#onVisibility); // back from the back-forward cache
    if (document.hidden || this.#session) return;
    this.#run?.abort();
    this.#run = new AbortController();
    this.#failures = 0;
    this.#say('connecting');
    this.#loop(this.#run.signal);
  }

  /** End the connection and the lease's renewal; the last picture is cleared and the element free again. */
  stop() {
    this.#started = false;
    document.removeEventListener('visibilitychange', this.#onVisibility);
    document.removeEventListener('leavepictureinpicture', this.#onVisibility);
    window.removeEventListener('pagehide', this.#onPageHide);
    window.removeEventListener('pageshow', this.#onVisibility);
    this.#lease.end();
    this.#rest('stopped', '');
    this.#unmirror();
    this.#boxes.remove();
    this.#video.srcObject = null;
  }

  /**
   * `{frames, width, height, bitrate_bps, fps, dropped, rtt_ms, jitter_buffer_ms, glass_ms_p50, glass_ms_p95, note}`: glass is from
   * the camera to this screen, null where nothing tells, the note why the video is not as asked for; null unconnected.
   */
  async stats() {
    if (!this.#session) return null;
    const figures = await this.#session.figures();
    return {
      frames: this.#pictures.count,
      ...figures,
      glass_ms_p50: this.#delay.quantile(0.5),
      glass_ms_p95: this.#delay.quantile(0.95),
      note: this.#lease.note,
    };
  }

  #onVisibility = () => {
    if (document.hidden && !this.floats) this.#rest('stopped', 'page hidden');
    else if (this.#started) this.start();
  };

  #onPageHide = () => this.#rest('stopped', 'page left');

  #rest(state, reason) {
    this.#run?.abort();
    this.#run = null;
    this.#end();
    this.#say(state, reason);
  }

  #end() {
    this.#session?.close();
    this.#session = null;
  }

  #say(state, reason = '') {
    if (state === this.#state && reason === this.#reason) return;
    this.#state = state;
    this.#reason = reason;
    this.#onState(state, reason);
  }

  #shown() {
    this.#failures = 0;
    this.#say('live');
  }

  async #loop(signal) {
    while (!signal.aborted) {
      const error = await this.#playOnce(signal).catch((e) => e);
      if (signal.aborted) return;
      this.#end();
      this.#failures += 1;
      const known = error instanceof PlayError;
      this.#say(known ? error.state : 'offline', known ? error.message : `no answer (${error.message})`);
      await sleep((known && error.wait !== undefined) ? error.wait : this.#backoff(), signal);
    }
  }

  #backoff() {
    const ms = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** Math.min(this.#failures - 1, 10));
    return ms * (0.5 + Math.random());
  }

  /** Ask, join, and stay until something ends it; always ends by throwing. */
  async #playOnce(signal) {
    await this.#lease.renew();
    if (['stopped', 'pending', 'offline'].includes(this.#state)) this.#say('connecting');
    const session = new WhepSession(await labelReader());
    if (signal.aborted) return session.close();
    this.#session = session;
    session.labels.onLabel = (label) => { if (document.hidden && this.#mirror) this.#boxes.show(label); };
    this.#pictures.expect(session);
    await session.open(this.#lease.url, this.#lease.token).catch((error) => { throw this.#lease.explained(error); });
    await Promise.race([this.#lease.keep(session.signal), this.#pictures.guard(session)]);
  }
}
