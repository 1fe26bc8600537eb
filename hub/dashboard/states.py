"""What the dashboard says of a camera: a state, its tone, a label and the cause; static/js/states.js says the same."""

from collections.abc import Mapping
from typing import Any, TypedDict

Shape = Mapping[str, Any]


class Face(TypedDict):
    """`since` is a time of the API or None; `label` stands in the chip, `cause` beside it."""

    state: str
    tone: str
    label: str
    cause: str
    since: str | None


def _face(state: str, tone: str, label: str, cause: str = "", since: str | None = None) -> Face:
    return {"state": state, "tone": tone, "label": label, "cause": cause, "since": since}


def camera_face(camera: Shape, device: Shape | None) -> Face:
    """One camera in the hub's shape with its device (None: it hangs on no device)."""
    return _hindrance(camera, device) or _stream(camera["stream"])


def camera_status(camera: Shape, device: Shape | None) -> Face:
    """The same without the stream: whether the camera itself is there."""
    return _hindrance(camera, device) or _face("online", "ok", "Online", since=camera["status"]["since"])


def _hindrance(camera: Shape, device: Shape | None) -> Face | None:
    """Why there can be no picture, or None."""
    if not camera["enabled"]:
        return _face("disabled", "none", "Disabled", "Switched off in its settings")
    if device is None:
        return _face("no-device", "warn", "No device", "Choose the device that it hangs on")
    status = camera["status"]
    if status["state"] == "offline" and not device["online"]:
        return _device_away(camera["stream"]["wanted"], device)
    return _trouble(status)


def _trouble(status: Shape) -> Face | None:
    """What the device says of the camera, or what keeps the device from saying it."""
    if status["state"] == "pending":
        return _face("pending", "warn", "Pending", status["reason"], status["since"])
    if status["state"] == "offline":
        return _face("offline", "bad", "Offline", status["reason"], status["since"])
    if status["state"] in ("starting", "unknown"):
        return _face("starting", "info", "Starting", status["reason"], status["since"])
    return None


def _device_away(wanted: bool, device: Shape) -> Face:
    if wanted:
        return _face("pending", "warn", "Pending", f"Starts when {device['name']} is back", device["online_since"])
    return _face("device-offline", "bad", "Device offline", device["name"], device["online_since"])


def _stream(stream: Shape) -> Face:
    if stream.get("pin") == "stop":
        by = stream.get("pinned_by")
        return _face("stopped", "none", "Stopped", f"by {by}" if by else "")
    if stream["state"] == "live":
        return _face("live", "ok", "Live")
    if stream["state"] == "failed":
        return _face("failed", "bad", "Stream failed", "The device could not publish; it tries again")
    if stream["wanted"] or stream["state"] == "starting":
        return _face("starting", "info", "Starting")
    return _face("idle", "none", "Not streaming")
