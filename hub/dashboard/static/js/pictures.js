// What a session shows in a <video>: attached when there is something to show, counted, labelled, and missed when nothing comes.

import { CONNECT_MS, PlayError, RETRY_MS, sleep } from './whep.js';

const FROZEN_MS = 2500; // no new picture for so long: say so and join again
const TICK_MS = 500;

/** Shows one session after another: `boxes` and `delay` learn what pictures carry, `onShown` is called for each. */
export class Pictures {
  count = 0; // of all sessions
  #video;
  #boxes;
  #delay;
  #onShown;
  #decoded = 0; // of this session
  #at = 0; // when the last one came

  constructor(video, { boxes, delay, onShown }) {
    this.#video = video;
    this.#boxes = boxes;
    this.#delay = delay;
    this.#onShown = onShown;
  }

  /** Show what a session brings, which is yet to be opened. */
  expect(session) {
    session.pc.addEventListener('track', ({ track }) => this.#attachWhenFed(session, track));
  }

  /** Watch the transport and the pictures; a picture that nobody sees (scrolled away) counts once it is decoded. */
  async guard(session) {
    const openedAt = performance.now();
    while (!session.signal.aborted) {
      await sleep(TICK_MS, session.signal);
      await this.#countDecoded(session);
      if (session.over) throw new PlayError(session.shown ? 'frozen' : 'connecting', 'connection lost', RETRY_MS.first);
      const still = performance.now() - this.#at;
      if (session.shown && still > FROZEN_MS) throw new PlayError('frozen', 'no new picture', RETRY_MS.first);
      if (!session.shown && performance.now() - openedAt > CONNECT_MS) throw new PlayError('offline', 'no picture came');
    }
  }

  /** The new stream replaces the old picture only when it has something to show. */
  #attachWhenFed(session, track) {
    this.#decoded = 0;
    this.#at = performance.now();
    const attach = () => {
      if (session.signal.aborted) return;
      this.#video.srcObject = new MediaStream([track]);
      this.#boxes.clear();
      this.#delay.forget();
      this.#video.play().catch(() => {}); // autoplay of a muted video; a refusal shows as "connecting"
      this.#countShown(session);
    };
    if (track.muted) track.addEventListener('unmute', attach, { once: true });
    else attach();
  }

  #countShown(session) {
    const onFrame = (now, picture) => {
      if (session.signal.aborted) return;
      this.#label(session.labels.of(picture), picture);
      this.#saw(session);
      this.#video.requestVideoFrameCallback(onFrame);
    };
    if ('requestVideoFrameCallback' in this.#video) this.#video.requestVideoFrameCallback(onFrame);
  }

  #label(label, picture) {
    this.#boxes.show(label);
    if (label) this.#delay.saw(label.at, performance.timeOrigin + picture.expectedDisplayTime);
  }

  #saw(session) {
    this.count += 1;
    this.#at = performance.now();
    session.shown = true;
    this.#onShown();
  }

  async #countDecoded(session) {
    const decoded = await session.decoded();
    if (session.signal.aborted || decoded <= this.#decoded) return;
    this.#decoded = decoded;
    this.#at = performance.now();
    if (!('requestVideoFrameCallback' in this.#video)) this.#saw(session);
  }
}
