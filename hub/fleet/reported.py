"""What a device says of itself, written to the store; whoever shows it is told of every change."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from edge.wire.messages import CameraReported, Health, Reported, Selftest, Status
from hub.fleet.source_url import without_secrets
from hub.store import cameras, devices, health_history
from hub.store.models import Camera, Device, database
from hub.store.notify import CAMERA, DESIRED, DEVICE, notify, notify_ids

REASON = 500
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
            devices.update(device_id, {**_presence(device, status), "version": status.version[:64]})
            notify(DEVICE, device_id)
            notify_ids(CAMERA, cameras.ids_of_device(device_id))
        return True


def apply_health(device_id: str, health: Health, received_at: datetime) -> bool:
    """Keep a device's last minute, in its history by our clock; false when it is not an approved device of ours."""
    with database.atomic():
        if _approved(device_id) is None:
            return False
        devices.update(device_id, {"health": msgspec.to_builtins(health), "health_at": health.at})
        health_history.add(device_id, received_at, _measures(health))
        notify(DEVICE, device_id)
        return True


def apply_selftest(device_id: str, result: Selftest) -> bool:
    """Keep how a device has found itself; false when it is not an approved device of ours."""
    with database.atomic():
        device = _approved(device_id)
        if device is None:
            return False
        if device.selftest_at != result.at:  # retained: we hear it again at every start of ours
            devices.update(device_id, {"selftest": msgspec.to_builtins(result.checks), "selftest_at": result.at})
            notify(DEVICE, device_id)
        return True


def _presence(device: Device, status: Status) -> dict[str, Any]:
    """Since when it is there or away. The will of a connection bears the time when that began, a good-bye its own."""
    if status.online:
        return {"online": True, "online_since": status.since, "offline_cause": None}
    left = device.online_since is None or status.since > device.online_since
    since = status.since if left else datetime.now(UTC)
    return {"online": False, "online_since": since, "offline_cause": "left" if left else "lost"}


def _measures(health: Health) -> dict[str, float | None]:
    """The worst of its cameras stands for a device."""
    cameras = health.cameras
    return {
        "cpu_percent": health.cpu_percent,
        "temperature_c": health.temperature_c,
        "memory_mb": health.memory_mb,
        "disk_free_mb": health.disk_free_mb,
        "outbox_length": health.outbox_length,
        "outbox_oldest_s": health.outbox_oldest_s,
        "inference_ms": _most(camera.inference_ms for camera in cameras),
        "lag_ms": _most(camera.lag_ms for camera in cameras),
        "glass_to_alert_ms": _most(camera.glass_to_alert_ms_p95 for camera in cameras),
        "throttled": None if health.throttled is None else float(health.throttled),
    }


def _most(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


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
        "state_reason": without_secrets(said.reason)[:REASON],
        "state_since": said.since,
        "stream_state": str(said.stream),
        "width": min(said.width, 2**31 - 1),
        "height": min(said.height, 2**31 - 1),
        "fps": said.fps,
        "codec": said.codec[:32],
        "stream_boxes": str(said.boxes),
        "stream_note": said.note,
    }
