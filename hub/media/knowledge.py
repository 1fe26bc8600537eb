"""What the rule of media access needs to know, asked of the database at the moment it is needed."""

from datetime import UTC, datetime
from uuid import UUID

from hub.auth.keys import SigningKeys
from hub.fleet.renewal import certificates
from hub.media.access import Knowledge, StreamFacts
from hub.store import cameras, devices, principals


def knowledge(keys: SigningKeys) -> Knowledge:
    """The rule's view of this hub; every question is a query of its own."""
    return Knowledge(keys, _certificates_of, _stream_of, _may_watch)


def _certificates_of(device_id: str) -> list[str]:
    if "\x00" in device_id:
        return []
    device = devices.one(device_id)
    return certificates(device) if device is not None and device.state == devices.APPROVED else []


def _stream_of(camera_id: int) -> StreamFacts | None:
    camera = cameras.one(camera_id)
    return StreamFacts(camera.device_id, not camera.enabled or camera.pin == "stop") if camera is not None else None


def _may_watch(user: str, session: str, camera_id: int) -> bool:
    try:
        principal = principals.of_either(int(user), UUID(session), datetime.now(UTC))
    except ValueError:
        return False
    return principal is not None and principal.may_see(camera_id) and principal.may_use("streams:read")
