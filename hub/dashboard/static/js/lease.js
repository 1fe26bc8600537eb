// The lease of one camera's video: asked for, renewed as long as somebody looks, and told how large the picture is here.

import { PlayError, RETRY_MS, sleep } from './whep.js';

const GROWN = 1.15; // a picture so much larger than the hub knows is told at once
const GROWING_MS = 300;
const MOST_MISSED = 3;
const PAGE = Math.random().toString(36).slice(2, 10); // tells this page's leases from others of the same log-in

/** `watch` is the player's (player.js); `delay` is compared with the hub's clock at each answer. */
export class Lease {
  #video;
  #watch;
  #delay;
  #granted = null; // the hub's latest answer
  #told = 0; // the width that the hub knows
  #growing = 0;
  #kept = AbortSignal.abort(); // aborted while nobody renews
  #resized = new ResizeObserver(() => this.#onResize());

  constructor(video, watch, delay) {
    this.#video = video;
    this.#watch = watch;
    this.#delay = delay;
  }

  get url() { return this.#granted.whep_url; }
  get token() { return this.#granted.token; }
  /** Why the video is not as asked for. */
  get note() { return this.#granted?.note ?? ''; }

  /** Take or renew it; throws when there is nothing to play. */
  async renew() {
    this.#told = this.#shownWidth();
    const asked = Date.now();
    const granted = await this.#watch({ width: Math.max(1, this.#told), page: PAGE, screen: this.#delay.summary });
    this.#delay.compare(granted.at, asked, Date.now());
    if (granted.state === 'stopped') throw new PlayError('stopped', granted.reason ?? 'stopped', RETRY_MS.resting);
    if (granted.state === 'pending') throw new PlayError('pending', granted.reason ?? 'device away', RETRY_MS.resting);
    this.#granted = granted;
  }

  /** Renew every third of it until `signal` aborts; throws when the hub wants no more, or has not answered for too long. */
  async keep(signal) {
    this.#kept = signal;
    this.#resized.observe(this.#video);
    let missed = 0;
    while (!signal.aborted) {
      await sleep((this.#granted.lease_s / 3) * 1000, signal);
      if (signal.aborted) break;
      try {
        await this.renew();
        missed = 0;
      } catch (error) {
        missed += 1;
        if (error instanceof PlayError ? error.state === 'stopped' : missed > MOST_MISSED) throw error;
      }
    }
  }

  /** The same error, or why there is nothing to play where the device has said it. */
  explained(error) {
    const failed = error instanceof PlayError && error.state === 'connecting' && this.#granted.state === 'failed';
    return failed ? new PlayError('offline', this.#granted.reason || 'the device cannot publish', RETRY_MS.resting) : error;
  }

  /** No longer look at how large the video is. */
  end() {
    clearTimeout(this.#growing);
    this.#resized.disconnect();
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
    this.#growing = setTimeout(() => this.#kept.aborted || this.renew().catch(() => {}), GROWING_MS); // keep() tells errors
  }
}
