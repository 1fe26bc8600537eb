// Alerts that a list has no place for yet, as it goes back less far: new ones that were late, or old ones that changed.

const REPEATS = 1000; // one is told again when it ends or is acknowledged

export class Late {
  /** `readAt`: when the hub read the list, in ms of its clock. */
  constructor(readAt) {
    Object.assign(this, { readAt, told: new Set() });
  }

  /** Whether this one reached the hub since the list was read. */
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
