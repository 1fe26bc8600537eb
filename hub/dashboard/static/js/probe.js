// "Test": a device opens an address and says what it found; the picture, the facts, or the reason and what to do.

import { command } from "./commands.js";
import { el, icon, set } from "./dom.js";

const ADVICE = [
  ["wrong password", "Check user name and password; # and @ in a password are written %23 and %40."],
  ["access forbidden", "The user may not see this stream: look at the rights in the camera's own settings."],
  ["not found", "The host answers but has no such stream: check what stands behind the host, such as /stream1."],
  ["connection refused", "The host is there, but nothing listens on this port: RTSP may be off in the camera, or on another port than 554."],
  ["no route", "The device cannot reach this network: is it in the same one as the camera?"],
  ["host name not found", "The device knows no such name: try the IP address."],
  ["no answer", "Nobody answers: is the camera on, and in the same network as the device?"],
  ["does not speak RTSP", "Something else answers there: check the port."],
  ["used by another program", "One program at a time: it may be watched already."],
  ["did not answer in", "The device may be busy or cut off. Its page tells more."],
];

/** Owns one result place; `onPicture(url)` hears of a picture that was got. */
export class Probe {
  constructor(host, onPicture) {
    Object.assign(this, { host, onPicture, turn: 0 });
  }

  /** Have `device` look at `body` ({url, camera_id?}); resolves to whether it found something. */
  async run(device, body) {
    const turn = ++this.turn;
    this.show("busy", el("p", {}, `${device.name} opens it…`));
    try {
      const told = await command(device.id, { action: "probe", ...body });
      if (turn === this.turn) this.tell(device, told);
      return told.state === "done";
    } catch (problem) {
      if (turn === this.turn) this.fail(problem.errors?.get("url") || problem.message);
      return false;
    }
  }

  tell(device, told) {
    if (told.state !== "done") return this.fail(told.error, device);
    const picture = el("img", { src: told.picture_url, alt: "What the camera shows now" });
    const rows = found(told.details).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
    const head = el("p", { class: "probe-verdict" }, icon("check"), `It works: ${device.name} has a picture.`);
    this.show("ok", el("div", { class: "probe-picture" }, picture), el("div", { class: "stack stack-s" }, head, el("dl", { class: "facts" }, ...rows)));
    return this.onPicture(told.picture_url);
  }

  fail(reason, device) {
    const advice = ADVICE.find(([part]) => reason.includes(part));
    const said = device ? `${device.name}: ${reason}` : reason;
    const head = el("p", { class: "probe-verdict" }, icon("warning"), said);
    this.show("bad", el("div", { class: "stack stack-s" }, head, advice ? el("p", { class: "small muted" }, advice[1]) : null));
  }

  show(state, ...parts) {
    this.host.hidden = false;
    this.host.dataset.state = state;
    set(this.host, "aria-busy", state === "busy" ? "true" : null);
    this.host.replaceChildren(...parts);
  }
}

function found({ codec, width, height, fps, first_frame_s: first }) {
  return [
    ["Picture", width ? `${width} × ${height}` : "size unknown"],
    ["Codec", { h264: "H.264", hevc: "H.265", mjpeg: "Motion JPEG" }[codec] || codec || "unknown"],
    ["Rate", fps ? `${Math.round(fps * 10) / 10} per second` : "not told"],
    ["First picture", first === undefined ? "not told" : `after ${first.toFixed(1)} s`],
  ];
}
