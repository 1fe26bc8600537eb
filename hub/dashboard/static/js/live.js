// The live WebSocket: tells of alerts, cameras and devices; comes back by itself and asks for what it missed.

import { api } from "./api.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;

/** Events: `alert` (detail: the alert), `camera`, `device`, and `state` (detail: "open" or "retrying"). */
export class LiveFeed extends EventTarget {
  constructor(cursor) {
    super();
    this.cursor = cursor;
    this.wait = FIRST_WAIT_MS;
    this.socket = null;
    this.timer = 0;
  }

  start() {
    this.connect();
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.hurry(); });
    addEventListener("pagehide", () => this.socket?.close());
    addEventListener("pageshow", (event) => { if (event.persisted) this.hurry(); });
  }

  /** Do not sit out the wait when there is reason to think that it works now. */
  hurry() {
    if (this.socket) return;
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

  opened() {
    this.wait = FIRST_WAIT_MS;
    this.tell("state", "open");
  }

  receive(data) {
    const message = JSON.parse(data);
    if (message.cursor) this.cursor = message.cursor;
    const body = message[message.type];
    if (body) this.tell(message.type, body);
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
  rail.hidden = false;
  feed.addEventListener("state", ({ detail }) => {
    rail.dataset.state = detail;
    rail.querySelector("[data-slot=text]").textContent = detail === "open" ? "Live" : "Retrying";
    clearTimeout(timer);
    if (detail === "open") banner.hidden = true;
    else timer = setTimeout(() => { banner.hidden = false; }, 3000);
  });
}
