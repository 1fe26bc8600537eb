"""The one rule of who may publish and watch, for those who come and those who are there: pure, told what it needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hub.auth.keys import SigningKeys
from hub.media.errors import BadTokenError
from hub.media.tokens import Grant, claimed_device, device_grant, hub_grant


@dataclass(frozen=True, slots=True)
class Access:
    """What a media server asks: may somebody with this token do this on this path?"""

    action: str
    path: str
    token: str = field(default="", repr=False)
    user: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may, with this proof; what goes on is measured by it later."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not; `reason` is for the log, and holds no secret."""

    reason: str


Decision = Allowed | Refused


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """Of a camera: the device that looks after it, and whether its stream is stopped for everybody."""

    device_id: str | None
    stopped: bool


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a decision needs from outside.

    `certificates_of` gives an approved device's certificates (two around a renewal), `stream_of` what there is to know
    of a camera's stream, `may_watch(user, session, camera)` whether that session is alive and sees that camera.
    """

    keys: SigningKeys
    certificates_of: Callable[[str], Sequence[str]]
    stream_of: Callable[[int], StreamFacts | None]
    may_watch: Callable[[str, str, int], bool]


def decide(access: Access, know: Knowledge) -> Decision:
    """Whether this is allowed. Without a token it never is, which makes RTSP clients send their credentials."""
    if not access.token:
        return Refused("no token")
    try:
        grant = _proven(access, know)
    except BadTokenError as error:
        return Refused(f"bad token: {error}")
    if (grant.action, grant.path) != (access.action, access.path):
        return Refused(f"a token to {grant.action} {grant.path!r}, used to {access.action} {access.path!r}")
    return still(grant, know)


def still(grant: Grant, know: Knowledge) -> Decision:
    """Whether what was proven once is allowed now: devices, sessions, cameras and wishes come and go meanwhile."""
    if grant.action == "api":
        return Allowed(grant)
    camera_id = camera_of(grant.path)
    stream = know.stream_of(camera_id) if camera_id is not None else None
    if camera_id is None or stream is None:
        return Refused(f"there is no camera {grant.path!r}")
    if stream.stopped:
        return Refused(f"camera {grant.path!r} is switched off or stopped for everybody")
    if reason := _shut_out(grant, camera_id, stream, know):
        return Refused(reason)
    return Allowed(grant)


def _shut_out(grant: Grant, camera_id: int, stream: StreamFacts, know: Knowledge) -> str:
    """Why this subject may not, empty if it may."""
    match grant.action:
        case "publish" if not know.certificates_of(grant.subject):
            return f"{grant.subject!r} is no approved device"
        case "publish" if stream.device_id != grant.subject:
            return f"{grant.subject!r} does not look after camera {grant.path!r}"
        case "read" if not know.may_watch(grant.subject, grant.session, camera_id):
            return f"user {grant.subject} may not watch camera {grant.path!r}, or the session has ended"
        case "publish" | "read":
            return ""
    return f"nobody may {grant.action!r}"


def _proven(access: Access, know: Knowledge) -> Grant:
    """What the token grants, signed by a device to publish and by the hub for all else; BadTokenError otherwise."""
    if access.action != "publish":
        return hub_grant(access.token, know.keys)
    device_id = claimed_device(access.token)
    certificates = know.certificates_of(device_id)
    if not certificates:
        raise BadTokenError(f"{device_id!r} is no approved device")
    if access.user not in ("", device_id):
        raise BadTokenError(f"user {access.user!r} came with a token of {device_id!r}")
    grant = device_grant(access.token, certificates)
    if grant.subject != device_id:
        raise BadTokenError("signed for another device")
    return grant


def camera_of(path: str) -> int | None:
    """The camera that a media path stands for; None if it is none."""
    is_id = path.isascii() and path.isdigit() and not path.startswith("0") and len(path) <= 15
    return int(path) if is_id else None
