/**
 * Plays one camera's live video over WHEP and keeps it playing: leases, joins, notices a frozen picture, reconnects.
 *
 *   const player = new WhepPlayer(videoElement, { watch, onState });
 *   player.start();   // until stop(); rests by itself while the page is hidden
 *
 * `watch({width, page, screen})` asks the hub for a stream that is shown so many device pixels wide, and tells it how late pictures
 * are on this screen (null: not known). It resolves to `{whep_url, token, lease_s, state, reason?, note?, at?}` and is called again
 * every third of the lease, so that the device publishes exactly as long as somebody looks, and when the picture grows. Boxes that the camera sends beside its pictures are drawn over the video.
 * `onState(state, reason)` is told of every change:
 *   connecting  asked for, no picture yet          live     pictures come
 *   frozen      the last picture stands            stopped  nobody wants it, or somebody pinned Stop
 *   pending     the device is away                 offline  hub or media server do not answer
 */

import { BoxLayer } from './boxes.js';
import { Delay } from './delay.js';
import { labelReader } from './labels.js';
import { CONNECT_MS, PlayError, RETRY_MS, WhepSession } from './whep.js';

const FROZEN_MS = 2500; // no new picture for so long: say so and join again
const TICK_MS = 500;
const GROWN = 1.15; // a picture so much larger than the hub knows is told at once
const GROWING_MS = 300;
const PAGE = Math.random().toString(36).slice(2, 10); // tells this page's leases from others of the same log-in

const sleep = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });

export class WhepPlayer {
  #video;
  #watch;
  #onState;
  #run = null; // AbortController while started and visible
  #started = false;
  #session = null;
  #lease = null;
  #state = 'stopped';
  #reason = '';
  #failures = 0;
  #frames = { count: 0, decoded: 0, at: 0 };
  #bytes = { count: 0, at: 0, rate: 0 };
  #boxes;
  #mirror = null; // a second element with the boxes in its pictures, while it floats
  #delay = new Delay();
  #told = 0; // the width that the hub knows
  #growing = 0;
  #resized = new ResizeObserver(() => this.#onResize());

  constructor(video, { watch, onState = () => {} }) {
    this.#video = video;
    this.#boxes = new BoxLayer(video);
    this.#watch = watch;
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
    this.#resized.observe(this.#video);
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
    this.#resized.disconnect();
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
    const reports = [...(await this.#session.pc.getStats()).values()];
    const video = reports.find((r) => r.type === 'inbound-rtp' && r.kind === 'video') ?? {};
    const pair = reports.find((r) => r.type === 'candidate-pair' && r.nominated) ?? {};
    const emitted = video.jitterBufferEmittedCount ?? 0;
    return {
      frames: this.#frames.count,
      width: video.frameWidth ?? 0,
      height: video.frameHeight ?? 0,
      bitrate_bps: this.#bitrate(video.bytesReceived ?? 0),
      fps: video.framesPerSecond ?? 0,
      dropped: video.framesDropped ?? 0,
      rtt_ms: (pair.currentRoundTripTime ?? 0) * 1000,
      jitter_buffer_ms: emitted ? (video.jitterBufferDelay / emitted) * 1000 : 0,
      glass_ms_p50: this.#delay.quantile(0.5),
      glass_ms_p95: this.#delay.quantile(0.95),
      note: this.#lease?.note ?? '',
    };
  }

  #bitrate(count) {
    const now = performance.now();
    const seconds = (now - this.#bytes.at) / 1000;
    if (count < this.#bytes.count || seconds > 30) this.#bytes = { count, at: now, rate: 0 };
    else if (seconds >= 0.9) this.#bytes = { count, at: now, rate: ((count - this.#bytes.count) * 8) / seconds };
    return this.#bytes.rate;
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
    await this.#renew();
    if (['stopped', 'pending', 'offline'].includes(this.#state)) this.#say('connecting');
    const session = new WhepSession(await labelReader());
    if (signal.aborted) return session.close();
    this.#session = session;
    session.labels.onLabel = (label) => { if (document.hidden && this.#mirror) this.#boxes.show(label); };
    session.pc.addEventListener('track', ({ track }) => this.#attachWhenFed(session, track));
    await session.open(this.#lease.whep_url, this.#lease.token, signal).catch((error) => { throw this.#explained(error); });
    await Promise.race([this.#keepLease(signal), this.#guard(session, signal)]);
  }

  /** Take or renew the lease; throws when there is nothing to play. */
  async #renew() {
    this.#told = this.#shownWidth();
    const asked = Date.now();
    const lease = await this.#watch({ width: Math.max(1, this.#told), page: PAGE, screen: this.#delay.summary });
    this.#delay.compare(lease.at, asked, Date.now());
    if (lease.state === 'stopped') throw new PlayError('stopped', lease.reason ?? 'stopped', RETRY_MS.resting);
    if (lease.state === 'pending') throw new PlayError('pending', lease.reason ?? 'device away', RETRY_MS.resting);
    this.#lease = lease;
  }

  /** How many of the screen's pixels the picture is wide, inside an element that may have another shape. */
  #shownWidth() {
    const { clientWidth, clientHeight, videoWidth, videoHeight } = this.#video;
    const fitting = videoHeight ? Math.min(clientWidth, (clientHeight * videoWidth) / videoHeight) : clientWidth;
    return Math.round(fitting * devicePixelRatio);
  }

  #onResize() {
    clearTimeout(this.#growing);
    if (this.#shownWidth() < this.#told * GROWN) return; // a smaller one is told with the next renewal
    this.#growing = setTimeout(() => this.#session && this.#renew().catch(() => {}), GROWING_MS); // #keepLease tells errors
  }

  /** Nothing there to play, and the device has said why. */
  #explained(error) {
    const failed = error instanceof PlayError && error.state === 'connecting' && this.#lease.state === 'failed';
    return failed ? new PlayError('offline', this.#lease.reason || 'the device cannot publish', RETRY_MS.resting) : error;
  }

  async #keepLease(signal) {
    let missed = 0;
    while (!signal.aborted) {
      await sleep((this.#lease.lease_s / 3) * 1000, signal);
      if (signal.aborted || !this.#session) return;
      try {
        await this.#renew();
        missed = 0;
      } catch (error) {
        missed += 1;
        if (error instanceof PlayError ? error.state === 'stopped' : missed > 3) throw error;
      }
    }
  }

  /** The new stream replaces the old picture only when it has something to show. */
  #attachWhenFed(session, track) {
    this.#frames = { count: this.#frames.count, decoded: 0, at: performance.now() };
    const attach = () => {
      if (session !== this.#session) return;
      this.#video.srcObject = new MediaStream([track]);
      this.#boxes.clear();
      this.#delay.forget();
      this.#video.play().catch(() => {}); // autoplay of a muted video; a refusal shows as "connecting"
      this.#countFrames(session);
    };
    if (track.muted) track.addEventListener('unmute', attach, { once: true });
    else attach();
  }

  #countFrames(session) {
    const onFrame = (now, picture) => {
      if (session !== this.#session) return;
      this.#label(session.labels.of(picture), picture);
      this.#sawFrame(session);
      this.#video.requestVideoFrameCallback(onFrame);
    };
    if ('requestVideoFrameCallback' in this.#video) this.#video.requestVideoFrameCallback(onFrame);
  }

  #label(label, picture) {
    this.#boxes.show(label);
    if (label) this.#delay.saw(label.at, performance.timeOrigin + picture.expectedDisplayTime);
  }

  #sawFrame(session) {
    this.#frames.count += 1;
    this.#frames.at = performance.now();
    session.shown = true;
    this.#failures = 0;
    this.#say('live');
  }

  /** Watch the transport and the pictures; a picture that nobody sees (scrolled away) counts once it is decoded. */
  async #guard(session, signal) {
    const openedAt = performance.now();
    while (!signal.aborted && session === this.#session) {
      await sleep(TICK_MS, signal);
      await this.#countDecoded(session);
      if (session.over) throw new PlayError(session.shown ? 'frozen' : 'connecting', 'connection lost', RETRY_MS.first);
      const still = performance.now() - this.#frames.at;
      if (session.shown && still > FROZEN_MS) throw new PlayError('frozen', 'no new picture', RETRY_MS.first);
      if (!session.shown && performance.now() - openedAt > CONNECT_MS) throw new PlayError('offline', 'no picture came');
    }
  }

  async #countDecoded(session) {
    for (const report of (await session.receiver.getStats()).values()) {
      if (report.type !== 'inbound-rtp' || !(report.framesDecoded > this.#frames.decoded)) continue;
      this.#frames.decoded = report.framesDecoded;
      if (session === this.#session) this.#frames.at = performance.now();
      if (!('requestVideoFrameCallback' in this.#video) && session === this.#session) this.#sawFrame(session);
    }
  }
}
