"""What a camera's state is, told from what the hub wants and what its device last said. Pure."""

from dataclasses import dataclass
from datetime import datetime

from hub.store.models import Camera, Device


@dataclass(frozen=True, slots=True)
class Condition:
    """A state with its beginning and a reason for people, empty when all is well."""

    state: str
    since: datetime | None
    reason: str


def condition(camera: Camera, device: Device | None) -> Condition:
    """The state of a camera as people should see it: the nearest cause first."""
    if device is None:
        return Condition("pending", camera.updated_at, "no device looks after this camera")
    if device.state == "revoked":
        return Condition("offline", device.revoked_at, f"device {device.id} is revoked")
    if device.state != "approved":
        return Condition("pending", camera.updated_at, f"device {device.id} is not enrolled yet")
    if device.reported_revision < camera.revision:
        return Condition("pending", camera.updated_at, _waiting(device))
    if not device.online:
        return Condition("offline", device.online_since, f"device {device.id} is offline")
    return Condition(camera.state, camera.state_since, camera.state_reason)


def stream_state(camera: Camera, device: Device | None) -> str:
    """The state of the boxed stream; a device that is away streams nothing."""
    if device is None or device.state != "approved" or not device.online:
        return "stopped"
    state: str = camera.stream_state
    return state


def _waiting(device: Device) -> str:
    if not device.online:
        return f"device {device.id} is offline; it applies the change when it returns"
    return f"device {device.id} has not applied the latest change yet"
