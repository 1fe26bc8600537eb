"""What a camera's state is, told from what the hub wants and what its device last said. Pure.

A device that goes away is there for another ten seconds: a restart or a network that hiccups is no news.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.store.models import Camera, Device

GRACE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Condition:
    """A state with its beginning and a reason for people, empty when all is well."""

    state: str
    since: datetime | None
    reason: str


def is_there(device: Device, now: datetime) -> bool:
    """Whether a device is connected, or was until a moment ago; one that was shut out is gone at once."""
    if device.online or device.offline_cause is None or device.online_since is None:
        return bool(device.online)
    return bool(now - device.online_since < GRACE)


def condition(camera: Camera, device: Device | None, now: datetime) -> Condition:
    """The state of a camera as people should see it: the nearest cause first."""
    if device is None:
        return Condition("pending", camera.updated_at, "no device looks after this camera")
    if device.state == "revoked":
        return Condition("offline", device.revoked_at, f"device {device.id} is revoked")
    if device.state != "approved":
        return Condition("pending", camera.updated_at, f"device {device.id} is not enrolled yet")
    if device.reported_revision < camera.revision:
        return Condition("pending", camera.updated_at, _waiting(device))
    if not is_there(device, now):
        return Condition("offline", device.online_since, _away(device))
    return Condition(camera.state, camera.state_since, camera.state_reason)


def stream_state(camera: Camera, device: Device | None) -> str:
    """The state of the boxed stream; a device that is away streams nothing."""
    if device is None or device.state != "approved" or not device.online:
        return "stopped"
    state: str = camera.stream_state
    return state


def _away(device: Device) -> str:
    if device.offline_cause == "left":
        return f"the agent on device {device.id} was stopped: it is offline"
    if device.offline_cause == "lost":
        return f"device {device.id} is offline: it fell silent, for want of power or network"
    return f"device {device.id} is offline"


def _waiting(device: Device) -> str:
    if not device.online:
        return f"device {device.id} is offline; it applies the change when it returns"
    return f"device {device.id} has not applied the latest change yet"
