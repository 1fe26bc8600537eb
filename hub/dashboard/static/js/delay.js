// How long pictures take from the camera to this screen, once the two clocks are compared through the hub's.

const KEPT = 300;
const LONGEST_MS = 3_600_000;

/** The delays of the latest pictures, in milliseconds of the device's clock and the hub's. */
export class Delay {
  #ms = [];
  #offset = 0; // the hub's clock minus ours
  #trip = Infinity;

  /** The hub said `at` in an answer to a question sent at `asked` and answered at `answered`, in our milliseconds. */
  compare(at, asked, answered) {
    const trip = answered - asked;
    if (!at || trip > this.#trip * 2) return;
    this.#trip = trip;
    this.#offset = Date.parse(at) - (asked + answered) / 2;
  }

  /** A picture captured at `at` is on the screen at `shown`. */
  saw(at, shown) {
    this.#ms.push(shown + this.#offset - at);
    if (this.#ms.length > KEPT) this.#ms.shift();
  }

  /** The q-quantile, null of nothing. */
  quantile(q) {
    const ranked = this.#ms.toSorted((a, b) => a - b);
    return ranked.length ? ranked[Math.min(ranked.length - 1, Math.floor(q * ranked.length))] : null;
  }

  /** What the hub is told: `{p50_ms, p95_ms}`; null where nothing is known, or clocks that disagree say nonsense. */
  get summary() {
    const [p50_ms, p95_ms] = [0.5, 0.95].map((q) => this.quantile(q));
    return p50_ms >= 0 && p95_ms <= LONGEST_MS && p50_ms !== null ? { p50_ms, p95_ms } : null;
  }

  forget() {
    this.#ms = [];
  }
}
