"""What needs a person now: devices to approve, devices away, cameras without a picture; worst first, cause named."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.dashboard.states import camera_status
from hub.dashboard.times import parsed

Shape = Mapping[str, Any]
CERTIFICATE_SOON = timedelta(days=30)
ORDER = ("bad", "warn", "info")
AWAY = {
    "left": "The device said good-bye and has not come back",
    "lost": "The device was lost without a good-bye: power, network or the machine itself",
    None: "The device is offline: power, network or the machine itself",
}
LOOK = {"href": "/devices", "action": "Look"}


def attention(cameras: Iterable[Shape], devices: Iterable[Shape], now: datetime) -> list[dict[str, Any]]:
    """Items `{tone, icon, title, text, since, href, action}` for the overview."""
    known = {device["id"]: device for device in devices}
    found = [
        {**item, "href": f"/devices/{device['id']}"} if device["state"] == "approved" else item
        for device in known.values()
        for item in _of_device(device, now)
    ]
    found += [item for camera in cameras if (item := _of_camera(camera, known.get(camera["device_id"])))]
    return sorted(found, key=lambda item: ORDER.index(item["tone"]))


def _item(tone: str, icon: str, title: str, text: str, since: object = None) -> dict[str, Any]:
    return {"tone": tone, "icon": icon, "title": title, "text": text, "since": since, **LOOK}


def _of_device(device: Shape, now: datetime) -> list[dict[str, Any]]:
    name = device["name"]
    if device["state"] == "pending":
        return [_item("warn", "key", name, "A device asks to be let in", device["created_at"])]
    if device["state"] != "approved":
        return []
    found = []
    if not device["online"]:
        found.append(_item("bad", "devices", name, AWAY[device.get("offline_cause")], device["online_since"]))
    elif device["reported_revision"] < device["desired_revision"]:
        found.append(_item("info", "clock", name, "Changes are not applied yet"))
    red = (device.get("selftest") or {}).get("red", ())
    if red and device["online"]:
        found.append(_item("warn", "warning", name, f"Its self-test is red: {', '.join(red)}"))
    ends = device["certificate_expires_at"]
    if ends and parsed(ends) - now < CERTIFICATE_SOON:
        text = f"Its certificate ends in {max(0, (parsed(ends) - now).days)} days"
        found.append(_item("warn", "shield", name, text))
    return found


def _of_camera(camera: Shape, device: Shape | None) -> dict[str, Any] | None:
    """A camera's own trouble; that its device is away is said once, of the device."""
    if device is not None and not device["online"]:
        return None
    face = camera_status(camera, device)
    if face["tone"] not in ("bad", "warn"):
        return None
    text = f"{face['label']}: {face['cause']}" if face["cause"] else face["label"]
    item = _item(face["tone"], "cameras", camera["name"], text, face["since"])
    return {**item, "href": f"/cameras/{camera['id']}", "action": "Open"}
