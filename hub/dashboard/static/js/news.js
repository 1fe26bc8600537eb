// Alerts that a page does not hold, told by the socket: new ones, also late ones, or old ones that changed.

const REPEATS = 1000; // one is told again when it ends or is acknowledged

export class News {
  /** `readAt`: when the hub made the page, in ms of its clock. */
  constructor(readAt) {
    Object.assign(this, { readAt, told: new Set() });
  }

  /** Whether this one reached the hub since. */
  came({ received_at }) { return Date.parse(received_at) > this.readAt; }

  /** The same, the first time that it is asked. */
  isNew(alert) {
    const { id } = alert;
    if (!this.came(alert) || this.told.has(id)) return false;
    if (this.told.size >= REPEATS) this.told.clear();
    this.told.add(id);
    return true;
  }
}
