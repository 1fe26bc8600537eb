// What the dashboard says of a camera; hub/dashboard/states.py says the same on the first paint.

/** States in which a camera has no video to show. */
export const NO_VIDEO = new Set(["disabled", "no-device", "pending", "device-offline", "offline", "stopped"]);

const face = (state, tone, label, cause = "", since = null) => ({ state, tone, label, cause, since });

/** State, tone, label and cause of a camera with its device (undefined: none). */
export function cameraFace(camera, device) {
  return hindrance(camera, device) || stream(camera.stream);
}

/** The same without the stream: whether the camera itself is there. */
export function cameraStatus(camera, device) {
  return hindrance(camera, device) || face("online", "ok", "Online", "", camera.status.since);
}

function hindrance(camera, device) {
  if (!camera.enabled) return face("disabled", "none", "Disabled", "Switched off in its settings");
  if (!device) return face("no-device", "warn", "No device", "Choose the device that it hangs on");
  const { state, reason, since } = camera.status;
  if (state === "pending") return face("pending", "warn", "Pending", reason, since);
  if (state === "offline" && !device.online) return deviceAway(camera.stream.wanted, device);
  if (state === "offline") return face("offline", "bad", "Offline", reason, since);
  if (state === "starting" || state === "unknown") return face("starting", "info", "Starting", reason, since);
  return null;
}

function deviceAway(wanted, device) {
  if (wanted) return face("pending", "warn", "Pending", `Starts when ${device.name} is back`, device.online_since);
  return face("device-offline", "bad", "Device offline", device.name, device.online_since);
}

function stream({ pin, pinned_by: by, state, wanted }) {
  if (pin === "stop") return face("stopped", "none", "Stopped", by ? `by ${by}` : "");
  if (state === "live") return face("live", "ok", "Live");
  if (state === "failed") return face("failed", "bad", "Stream failed", "The device could not publish; it tries again");
  if (wanted || state === "starting") return face("starting", "info", "Starting");
  return face("idle", "none", "Not streaming");
}
