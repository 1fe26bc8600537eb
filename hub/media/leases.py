"""Who watches what: leases that pages renew, pins that operators set; only a change of `wanted` reaches the device."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from hub.errors import NotFound
from hub.fleet.condition import condition
from hub.fleet.desired import touch
from hub.media.sizes import step_for, widest
from hub.store import cameras, leases
from hub.store.models import Camera, database
from hub.store.notify import CAMERA, notify

LEASE_S = 15
StreamState = Literal["stopped", "starting", "live", "pending", "failed"]


@dataclass(frozen=True, slots=True)
class Watching:
    """What somebody who wants to watch gets to know; `reason` and `note` are for people, empty when all is well.

    `reason`: why there is no video; `note`: why it is not as it was asked for.
    """

    state: StreamState
    reason: str = ""
    note: str = ""


def watch(camera_id: int, viewer: str, now: datetime, width: int | None = None) -> Watching:
    """Take a lease of a quarter minute, or renew it; none while Stop is pinned or the camera is off.

    `width` is how many pixels wide the picture is shown, None where that is not known.
    """
    camera = _found(camera_id)
    if refusal := _stopped(camera):
        return refusal
    until = now + timedelta(seconds=LEASE_S)
    step = step_for(width)
    if not leases.renew(camera_id, viewer, step, now, until):
        with database.atomic():
            camera = _locked(camera_id)
            before = leases.widths(camera_id, now)
            leases.take(camera_id, viewer, step, until)
            told = bool(before) and widest(before) == widest(leases.widths(camera_id, now))
            if not told and camera.pin is None and _stopped(camera) is None:
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
        try:
            camera = _locked(camera_id)
        except NotFound:  # deleted a moment ago, and its leases with it
            return False
        gone, left = leases.ended_widths(camera_id, now), leases.widths(camera_id, now)
        leases.delete_ended(camera_id, now)
        led_by_leases = bool(gone) and camera.enabled and camera.pin is None
        if led_by_leases and (not left or widest([*gone, *left]) != widest(left)):
            _changed(camera)
        return led_by_leases and not left


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
        return Watching("pending", condition(camera, device, datetime.now(UTC)).reason or "its device is away just now")
    match camera.stream_state:
        case "live":
            return Watching("live", note=camera.stream_note)
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
