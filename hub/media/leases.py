"""Who watches what: leases that pages renew, pins that operators set; only a change of `wanted` reaches the device."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from hub.errors import NotFound
from hub.fleet.condition import condition
from hub.fleet.desired import touch
from hub.store import cameras, leases
from hub.store.models import Camera, database
from hub.store.notify import CAMERA, notify

LEASE_S = 15
StreamState = Literal["stopped", "starting", "live", "pending", "failed"]


@dataclass(frozen=True, slots=True)
class Watching:
    """What somebody who wants to watch gets to know; `reason` is for people, empty when all is well."""

    state: StreamState
    reason: str = ""


def watch(camera_id: int, viewer: str, now: datetime) -> Watching:
    """Take a lease of a quarter minute, or renew it; none while Stop is pinned or the camera is off."""
    camera = _found(camera_id)
    if refusal := _stopped(camera):
        return refusal
    until = now + timedelta(seconds=LEASE_S)
    if not leases.renew(camera_id, viewer, now, until):
        with database.atomic():
            camera = _locked(camera_id)
            idle = camera.pin is None and not leases.running(camera_id, now)
            leases.take(camera_id, viewer, until)
            if idle and _stopped(camera) is None:
                _changed(camera)
    return _watching(camera)


def pin(camera_id: int, choice: Literal["start", "stop"] | None, by: str) -> Watching:
    """Keep a stream on or off whoever watches; None leaves it to the leases again. Part of the running transaction."""
    camera = _locked(camera_id)
    before = cameras.wanted(camera)
    cameras.update(camera_id, {"pin": choice, "pinned_by": by if choice else None})
    camera = _found(camera_id)
    if cameras.wanted(camera) != before:
        cameras.update(camera_id, {"revision": _changed(camera)})
        camera = _found(camera_id)
    else:
        notify(CAMERA, str(camera_id))
    return _stopped(camera) or _watching(camera)


def sweep(now: datetime) -> list[int]:
    """Forget leases that have ended; the cameras that nobody watches any more."""
    return [camera_id for camera_id in leases.cameras_with_ended(now) if _swept(camera_id, now)]


def _swept(camera_id: int, now: datetime) -> bool:
    """Camera first, then its leases: the order in which `watch` locks them."""
    with database.atomic():
        camera = _locked(camera_id)
        gone = leases.delete_ended(camera_id, now)
        idle = gone > 0 and camera.enabled and camera.pin is None and not leases.running(camera_id, now)
        if idle:
            _changed(camera)
        return idle


def _changed(camera: Camera) -> int:
    """Tell the device and every page that the stream is wanted, or no longer; the device's new revision."""
    notify(CAMERA, str(camera.id))
    return touch(camera.device_id)


def _stopped(camera: Camera) -> Watching | None:
    if not camera.enabled:
        return Watching("stopped", "the camera is switched off")
    if camera.pin == "stop":
        return Watching("stopped", f"stopped by {camera.pinned_by}")
    return None


def _watching(camera: Camera) -> Watching:
    """What will come of it, from what the device says."""
    device = camera.device
    if device is None or device.state != "approved" or not device.online:
        return Watching("pending", condition(camera, device, datetime.now(UTC)).reason)
    match camera.stream_state:
        case "live":
            return Watching("live")
        case "failed":
            return Watching("failed", camera.state_reason)
    return Watching("starting")


def _found(camera_id: int) -> Camera:
    camera = cameras.one(camera_id)
    if camera is None:
        raise NotFound(f"no camera {camera_id}")
    return camera


def _locked(camera_id: int) -> Camera:
    """The camera, held until the transaction ends, and read again with what others have just committed."""
    if cameras.locked(camera_id) is None:
        raise NotFound(f"no camera {camera_id}")
    return _found(camera_id)
