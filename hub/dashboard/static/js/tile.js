// One camera on the live page: its state with the cause, its video or latest picture, Start and Stop.

import { api } from "./api.js";
import { picture, set, slots, text } from "./dom.js";
import { Readout } from "./readout.js";
import { WhepPlayer } from "./player.js";
import { cameraFace, NO_VIDEO } from "./states.js";
import { moment, timeElement } from "./time.js";
import { toast } from "./toast.js";

const FRAME_WIDTH = 960;
const GLOW_LONGEST_MS = 15 * 60 * 1000;
const STOPPABLE = new Set(["live", "starting", "frozen", "failed", "no-signal"]);
const STARTABLE = new Set(["stopped", "device-offline"]);
const PLAYER_FACES = {
  connecting: () => ({ state: "starting", tone: "info", label: "Starting", cause: "", since: null }),
  live: () => ({ state: "live", tone: "ok", label: "Live", cause: "", since: null }),
  frozen: () => ({ state: "frozen", tone: "warn", label: "Frozen", cause: "No new picture; joining again", since: null }),
  pending: (reason) => ({ state: "pending", tone: "warn", label: "Pending", cause: reason, since: null }),
  stopped: (reason) => ({ state: "stopped", tone: "none", label: "Stopped", cause: reason.replace(/^stopped ?/, ""), since: null }),
  offline: (reason) => ({ state: "no-signal", tone: "warn", label: "No signal", cause: reason || "Trying again", since: null }),
};
const PAUSED = { state: "idle", tone: "none", label: "Paused here", cause: "", since: null };

/** Owns one <article class="tile"> and its player. `may.operate`: may start and stop for everybody. */
export class Tile extends EventTarget {
  constructor(element, { camera, device, may }) {
    super();
    this.element = element;
    this.parts = slots(element);
    this.onVideo = element.querySelectorAll('[data-do="pip"], [data-do="fullscreen"]');
    this.may = may;
    this.player = null;
    this.playerState = null;
    this.visits = new Map();
    this.pictureAt = null;
    this.frame = null; // the address of a picture taken from the video
    this.choice = null; // what was pressed here last: start, stop or auto
    this.readout = new Readout(this.parts.stats);
    this.parts.video.muted = true;
    this.update(camera, device);
    this.latest(camera.picture);
  }

  get id() { return this.camera.id; }

  /** Whether somebody is before the camera now. */
  get here() { return this.visits.size > 0; }

  get playable() { return !NO_VIDEO.has(cameraFace(this.camera, this.device).state); }

  /** The camera as the hub now has it. */
  update(camera, device) {
    this.camera = { ...this.camera, ...camera };
    this.device = device;
    this.element.dataset.camera = camera.id;
    if (!this.playable) this.rest();
    this.show();
  }

  /** The latest picture, shown while there is no video; an older one changes nothing. */
  latest(shot) {
    if (!shot || (this.pictureAt && Date.parse(shot.taken_at) <= Date.parse(this.pictureAt))) return;
    if (this.frame) URL.revokeObjectURL(this.frame);
    this.frame = shot.url.startsWith("blob:") ? shot.url : null;
    this.pictureAt = shot.taken_at;
    picture(this.parts.still, shot.url);
    this.showAge();
  }

  /** What the video shows now becomes the latest picture. */
  keepFrame() {
    const { videoWidth: width, videoHeight: height } = this.parts.video;
    if (!width) return;
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.min(width, FRAME_WIDTH) });
    canvas.height = Math.round((canvas.width * height) / width);
    canvas.getContext("2d").drawImage(this.parts.video, 0, 0, canvas.width, canvas.height);
    const taken_at = new Date().toISOString();
    canvas.toBlob((blob) => blob && this.latest({ url: URL.createObjectURL(blob), taken_at }), "image/jpeg", 0.85);
  }

  /** A visit opened, changed or ended here: the tile glows while somebody is there. */
  visit(alert) {
    if (alert.snapshot_url) this.latest({ url: alert.snapshot_url, taken_at: alert.opened_at });
    clearTimeout(this.visits.get(alert.id));
    const left = new Date(alert.opened_at).getTime() + GLOW_LONGEST_MS - Date.now();
    if (alert.closed_at || left <= 0) this.visits.delete(alert.id);
    else this.visits.set(alert.id, setTimeout(() => this.visit({ ...alert, closed_at: "long ago" }), left));
    this.showFace();
  }

  /** Show video: watching is a lease that the player renews. */
  play() {
    if (this.player || !this.playable) return;
    this.playerState = "connecting";
    this.playerReason = "";
    this.player = new WhepPlayer(this.parts.video, {
      watch: (view) => api("POST", `/api/cameras/${this.id}/stream/watch`, view),
      onState: (state, reason = "") => this.heard(state, reason),
    });
    this.player.start();
    this.show();
  }

  /** Stop showing video here; others keep theirs. */
  rest() {
    if (!this.player) return;
    const player = this.player;
    if (this.playerState === "live") this.keepFrame();
    this.player = null;
    this.playerState = null;
    player.stop();
    this.show();
  }

  heard(state, reason) {
    if (!this.player) return;
    this.playerState = state;
    this.playerReason = reason;
    this.show();
  }

  /** start, stop or auto (run while watched) for everybody (operators), or only the video here (viewers). */
  async order(action) {
    this.choice = action;
    if (!this.may.operate) return action === "start" ? this.play() : this.rest();
    const wish = { start: { pin: "start", wanted: true }, stop: { pin: "stop", wanted: false }, auto: { pin: null } }[action];
    const before = this.camera.stream;
    this.update({ ...this.camera, stream: { ...before, ...wish, pinned_by: this.may.username } }, this.device);
    try {
      await api("POST", `/api/cameras/${this.id}/stream/${action}`);
      if (action !== "stop") this.play();
    } catch (problem) {
      this.update({ ...this.camera, stream: before }, this.device);
      toast(`${this.camera.name}: ${problem.message}`, "bad");
    }
  }

  face() {
    const face = cameraFace(this.camera, this.device);
    if (NO_VIDEO.has(face.state)) return face;
    if (this.player) return PLAYER_FACES[this.playerState](this.playerReason);
    return face.state === "live" ? PAUSED : face;
  }

  show() {
    const face = this.face();
    const { element, parts } = this;
    const video = this.player && (this.playerState === "live" || this.playerState === "frozen");
    element.dataset.state = face.state;
    element.dataset.picture = video ? "live" : "still";
    set(element, "aria-label", this.camera.name);
    parts.chip.dataset.tone = face.tone;
    set(parts.chip, "data-busy", face.state === "starting");
    text(parts.label, face.state === "stopped" ? `${face.label} ${face.cause}`.trim() : face.label);
    text(parts.title, face.state === "starting" ? "" : headline(face));
    text(parts.cause, face.state === "stopped" ? "" : face.cause);
    text(parts.name, this.camera.name);
    text(parts.place, this.camera.location);
    this.showTools(face);
    this.showAge();
    this.dispatchEvent(new CustomEvent("face", { detail: face }));
  }

  showTools(face) {
    const { parts, camera, may } = this;
    parts.power.dataset.can = power(face.state, may.operate, this.player);
    set(parts.stop, "aria-label", `Stop ${camera.name}`);
    set(parts.start, "aria-label", `Start ${camera.name}`);
    for (const button of this.onVideo) button.disabled = face.state !== "live";
  }

  showAge() {
    const { age } = this.parts;
    const fresh = this.element.dataset.picture === "live" || !this.pictureAt;
    if (fresh) return age.replaceChildren();
    if (age.firstElementChild?.dateTime !== this.pictureAt) age.replaceChildren(timeElement(this.pictureAt, "ago"));
  }

  showFace() {
    if (this.element.hasAttribute("data-face") !== this.here) queueMicrotask(() => this.dispatchEvent(new Event("here")));
    set(this.element, "data-face", this.here);
    this.parts.face.hidden = !this.here;
    text(this.parts.face.firstElementChild, this.visits.size > 1 ? `${this.visits.size} faces` : "Face");
  }
}

/** What its one button does now: stop, start or nothing. */
function power(state, mayOperate, player) {
  if (STOPPABLE.has(state)) return mayOperate || player ? "stop" : "";
  return mayOperate && STARTABLE.has(state) ? "start" : "";
}

function headline(face) {
  return face.since ? `${face.label} since ${moment(new Date(face.since)).replace(/^Y/, "y")}` : face.label;
}
