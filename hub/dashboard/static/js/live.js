// The live WebSocket: tells of alerts, cameras and devices; comes back by itself and asks for what it missed.

import { api } from "./api.js";
import { text } from "./dom.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
const PATIENCE_MS = 2500;
const QUIET_MS = 30000;
const ANSWER_MS = 5000;

/**
 * Events: `alert` (detail: the alert), `camera`, `device`; `missed` when more happened meanwhile than is told again;
 * `cameras` (detail: their ids) once all that there are have been told; `state` (detail: "open" or "retrying").
 */
export class LiveFeed extends EventTarget {
  constructor(cursor) {
    super();
    this.cursor = cursor;
    this.wait = FIRST_WAIT_MS;
    this.socket = null;
    this.timer = 0;
    this.heardAt = 0;
    this.told = null;
  }

  start() {
    this.connect();
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.give(this.socket));
    setInterval(() => this.listen(), QUIET_MS / 3);
    document.addEventListener("visibilitychange", () => { this.hurry(); this.listen(); });
    addEventListener("pagehide", () => this.socket?.close());
    addEventListener("pageshow", (event) => { if (event.persisted) this.hurry(); });
  }

  /** Do not sit out the wait when there is reason to think that it works now. */
  hurry() {
    if (this.socket || document.hidden) return;
    this.wait = FIRST_WAIT_MS;
    clearTimeout(this.timer);
    this.connect();
  }

  connect() {
    const url = new URL("/api/alerts/live", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    if (this.cursor) url.searchParams.set("after", this.cursor);
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.addEventListener("open", () => this.opened());
    socket.addEventListener("message", (event) => this.receive(event.data));
    socket.addEventListener("close", () => this.lost(socket));
  }

  /** A peer that vanished without a word looks like one that has nothing to say: after a while of silence, ask. */
  async listen() {
    const { socket } = this;
    if (!socket || document.hidden || Date.now() - this.heardAt < QUIET_MS) return;
    try {
      await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
      this.heardAt = Date.now();
    } catch {
      this.give(socket);
    }
  }

  /** Give a connection up without waiting for its end: closing waits for a peer that is not there. */
  give(socket) {
    if (!socket) return;
    socket.close();
    this.lost(socket);
  }

  opened() {
    this.heardAt = Date.now();
    this.wait = FIRST_WAIT_MS;
    this.tell("state", "open");
  }

  receive(data) {
    this.heardAt = Date.now();
    const message = JSON.parse(data);
    if (message.cursor) this.cursor = message.cursor;
    if (message.type === "states") return this.all(message.states);
    if (message.type === "camera") this.told?.add(message.camera.id);
    return this.tell(message.type, message[message.type]);
  }

  /** Between `begin` and `end` every camera is told: afterwards it is known which are no more. */
  all(part) {
    const { told } = this;
    this.told = part === "begin" ? new Set() : null;
    if (part === "end") this.tell("cameras", told);
  }

  lost(socket) {
    if (this.socket !== socket) return;
    this.socket = null;
    this.tell("state", "retrying");
    this.timer = setTimeout(() => this.again(), this.wait * (0.7 + 0.6 * Math.random()));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  /** A socket cannot say why it was refused; asking who we are renews the session or leads to the log-in page. */
  async again() {
    try {
      await api("GET", "/api/auth/me");
    } catch {
      this.lost(this.socket);
      return;
    }
    if (!this.socket) this.connect();
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Show the socket's state in the rail and, after a while without it, in a banner. */
export function showLink(feed) {
  const rail = document.getElementById("link-state");
  const banner = document.getElementById("link-banner");
  let timer = 0;
  const show = (state) => {
    rail.dataset.state = state;
    text(rail.querySelector("[data-slot=text]"), state === "open" ? "Live" : "Retrying");
    banner.hidden = state === "open";
  };
  feed.addEventListener("state", ({ detail }) => {
    if (detail !== "open") { timer ||= setTimeout(show, PATIENCE_MS, detail); return; } // most losses are over at once
    clearTimeout(timer);
    timer = 0;
    show(detail);
  });
}
