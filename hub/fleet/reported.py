"""What a device says of itself, written to the store; whoever shows it is told of every change."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from edge.wire.messages import CameraReported, Health, Reported, Status
from hub.store import cameras, devices
from hub.store.models import Camera, Device, database
from hub.store.notify import CAMERA, DESIRED, DEVICE, notify, notify_ids

ABSENT = {"state": "unknown", "state_reason": "its device does not report this camera", "stream_state": "stopped"}


def apply_reported(device_id: str, report: Reported) -> bool:
    """Write what a device runs; false when it is not an approved device of ours.

    A device that is ahead of us (the hub was restored from a backup) gets a revision that is higher still.
    """
    with database.atomic():
        device = _approved(device_id)
        if device is None:
            return False
        values: dict[str, Any] = {"reported_revision": report.revision, "reported_at": datetime.now(UTC)}
        values["version"] = report.version[:64]
        if report.revision > device.desired_revision:
            values |= {"desired_revision": report.revision + 1, "reported_revision": 0}
            notify(DESIRED, device_id)
        devices.update(device_id, values)
        changed = _write_cameras(device_id, report)
        if values["reported_revision"] != device.reported_revision:
            changed = cameras.ids_of_device(device_id)
            notify(DEVICE, device_id)
        notify_ids(CAMERA, changed)
        return True


def apply_status(device_id: str, status: Status) -> bool:
    """Write whether a device is there; false when it is not an approved device of ours."""
    with database.atomic():
        device = _approved(device_id)
        if device is None:
            return False
        if (device.online, device.version) != (status.online, status.version[:64]):
            values = {"online": status.online, "online_since": status.since, "version": status.version[:64]}
            devices.update(device_id, values)
            notify(DEVICE, device_id)
            notify_ids(CAMERA, cameras.ids_of_device(device_id))
        return True


def apply_health(device_id: str, health: Health) -> bool:
    """Keep a device's last minute; false when it is not an approved device of ours."""
    with database.atomic():
        if _approved(device_id) is None:
            return False
        devices.update(device_id, {"health": msgspec.to_builtins(health), "health_at": health.at})
        notify(DEVICE, device_id)
        return True


def _approved(device_id: str) -> Device | None:
    device = devices.locked(device_id)
    return device if device is not None and device.state == devices.APPROVED else None


def _write_cameras(device_id: str, report: Reported) -> list[int]:
    """The ids of the cameras whose row changed; what a device says of somebody else's camera is not heard."""
    said = {camera.id: camera for camera in report.cameras}
    changed = []
    for camera in cameras.of_device(device_id):
        values = _row(said.get(str(camera.id)), camera, report)
        if any(getattr(camera, name) != value for name, value in values.items()):
            cameras.write_report(camera.id, values)
            changed.append(camera.id)
    return changed


def _row(said: CameraReported | None, camera: Camera, report: Reported) -> dict[str, Any]:
    if said is None:
        return ABSENT if report.revision >= camera.revision else {}
    return {
        "state": str(said.state),
        "state_reason": said.reason,
        "state_since": said.since,
        "stream_state": str(said.stream),
        "width": min(said.width, 2**31 - 1),
        "height": min(said.height, 2**31 - 1),
        "fps": said.fps,
        "codec": said.codec[:32],
    }
