// Optional: the system tells of a face while this tab is not looked at. Asked for by a button, never by itself.

import { set } from "./dom.js";
import { recall, remember } from "./keep.js";
import { toast } from "./toast.js";

const possible = "Notification" in globalThis && isSecureContext;

export class Notifier {
  /** `button` switches it; it is not shown where the browser cannot. */
  constructor(button) {
    this.button = button;
    button.hidden = !possible;
    button.addEventListener("click", () => this.use(!this.on));
    this.show();
  }

  get on() { return possible && Notification.permission === "granted" && recall("notify", false); }

  async use(on) {
    if (on && (await Notification.requestPermission()) !== "granted") {
      toast("This browser does not let Watchpost notify you; its site settings can change that.", "info");
      return;
    }
    remember("notify", on);
    this.show();
    if (on) toast("You are told of faces while this tab is in the background");
  }

  show() { set(this.button, "aria-pressed", String(this.on)); }

  /** One notice for each camera: the newest replaces the one before. */
  say(alert, camera) {
    if (!document.hidden || !this.on) return;
    try {
      const notice = new Notification(camera.name, { body: camera.location ? `A face, ${camera.location}` : "A face", icon: alert.snapshot_url ? `${alert.snapshot_url}&crop=1` : undefined, tag: `watchpost-${alert.camera_id}` });
      notice.addEventListener("click", () => { focus(); location.assign(`/alerts/${alert.id}`); });
    } catch {
      this.button.hidden = true; // phones allow it to service workers only
    }
  }
}
