// Asking a device to do something now, and waiting for its answer.

import { api } from "./api.js";

const FIRST_MS = 250;
const MOST_MS = 1000;
const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** Ask; resolves to the command once it is no longer waiting: `state` is done, failed or timeout. Throws Problem. */
export async function command(deviceId, body) {
  const place = `/api/devices/${deviceId}/commands`;
  const { command_id: id } = await api("POST", place, body);
  for (let pause = FIRST_MS; ; pause = Math.min(pause * 1.3, MOST_MS)) {
    await wait(pause);
    const told = await api("GET", `${place}/${id}`);
    if (told.state !== "waiting") return told;
  }
}
