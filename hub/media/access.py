"""The one rule of who may publish, watch and administer: pure, told what it needs to know."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from hub.auth.keys import SigningKeys
from hub.media.errors import BadTokenError
from hub.media.tokens import VIEWER, Grant, claimed_device, device_grant, hub_grant


@dataclass(frozen=True, slots=True)
class Access:
    """What a media server asks: may somebody with this token do this on this path?"""

    action: str
    path: str
    token: str = field(default="", repr=False)
    user: str = ""
    query: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not; `reason` is for the log, and holds no secret."""

    reason: str


Decision = Allowed | Refused


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a decision needs from outside.

    `certificate_of` gives an approved device's certificate, `owner_of` the device that a camera belongs to,
    `may_watch(user, session, camera)` whether that session is alive and sees that camera.
    """

    keys: SigningKeys
    certificate_of: Callable[[str], str | None]
    owner_of: Callable[[int], str | None]
    may_watch: Callable[[str, str, int], bool]


def decide(access: Access, know: Knowledge) -> Decision:
    """Whether this is allowed. Without a token it never is, which makes RTSP clients send their credentials."""
    if not access.token:
        return Refused("no token")
    try:
        match access.action:
            case "publish":
                return _publish(access, know)
            case "read":
                return _read(access, know)
            case "api":
                return _granted(hub_grant(access.token, know.keys), "api", "")
    except BadTokenError as error:
        return Refused(f"bad token: {error}")
    return Refused(f"nobody may {access.action!r}")


def _publish(access: Access, know: Knowledge) -> Decision:
    device_id = claimed_device(access.token)
    certificate = know.certificate_of(device_id)
    if certificate is None:
        return Refused(f"{device_id!r} is no approved device")
    if access.user not in ("", device_id):
        return Refused(f"user {access.user!r} came with a token of {device_id!r}")
    decision = _granted(device_grant(access.token, certificate), "publish", access.path)
    if isinstance(decision, Refused):
        return decision
    camera_id = camera_of(access.path)
    if camera_id is None or know.owner_of(camera_id) != device_id:
        return Refused(f"{device_id!r} does not look after camera {access.path!r}")
    return Allowed()


def _read(access: Access, know: Knowledge) -> Decision:
    grant = hub_grant(access.token, know.keys)
    decision = _granted(grant, "read", access.path)
    if isinstance(decision, Refused):
        return decision
    if parse_qs(access.query).get(VIEWER, [grant.session]) != [grant.session]:
        return Refused("named after another session")
    camera_id = camera_of(access.path)
    if camera_id is None or not know.may_watch(grant.subject, grant.session, camera_id):
        return Refused(f"user {grant.subject} may not watch camera {access.path!r}, or the session has ended")
    return Allowed()


def _granted(grant: Grant, action: str, path: str) -> Decision:
    if (grant.action, grant.path) != (action, path):
        return Refused(f"a token to {grant.action} {grant.path!r}, used to {action} {path!r}")
    return Allowed()


def camera_of(path: str) -> int | None:
    """The camera that a media path stands for; None if it is none."""
    is_id = path.isascii() and path.isdigit() and not path.startswith("0") and len(path) <= 15
    return int(path) if is_id else None
