"""The messages of edge and hub as frozen typed values; times are UTC, boxes in pixels of the picture they come with."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta

PICTURE_LIMIT = 2 * 1024 * 1024

CameraId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*\Z")]
Line = Annotated[str, Meta(max_length=500)]
Utc = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Score = Annotated[float, Meta(ge=0, le=1)]
Length = Annotated[float, Meta(ge=0, le=65536)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Jpeg = Annotated[bytes, Meta(max_length=PICTURE_LIMIT)]
Detail = Line | Annotated[int, Meta(ge=-(2**53), le=2**53)] | float
Details = Annotated[dict[Annotated[str, Meta(max_length=64)], Detail], Meta(max_length=64)]


class CameraState(StrEnum):
    """What a device says of one of its cameras."""

    STARTING = "starting"
    ONLINE = "online"
    OFFLINE = "offline"
    DISABLED = "disabled"


class StreamState(StrEnum):
    """What a device says of the boxed stream that it publishes for one camera."""

    STOPPED = "stopped"
    STARTING = "starting"
    LIVE = "live"
    FAILED = "failed"


class BoxStyle(StrEnum):
    """`burnt`: boxes are drawn into the picture; `overlay`: the camera's own video passes and the player draws them."""

    BURNT = "burnt"
    OVERLAY = "overlay"


Corner = tuple[Fraction, Fraction]
Polygon = Annotated[tuple[Corner, ...], Meta(min_length=3, max_length=64)]
Polygons = Annotated[tuple[Polygon, ...], Meta(max_length=16)]


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """The rules of one camera; lengths in pixels of the source, polygons as fractions (0-1) of width and height."""

    detections_per_second: Annotated[float, Meta(ge=0.2, le=30)] = 5.0
    min_face_px: Annotated[int, Meta(ge=8, le=4096)] = 20
    min_score: Score = 0.6
    dwell_s: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    rearm_s: Annotated[float, Meta(ge=0, le=86400)] = 10.0
    include: Polygons = ()
    exclude: Polygons = ()
    boxes: BoxStyle = BoxStyle.BURNT
    detect_url: Annotated[str, Meta(max_length=2048)] = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CameraDesired:
    """One camera as the hub wants it. `wanted`: somebody watches or pinned the stream, so publish it.

    `watched_px` is the width in pixels of the largest picture that anybody watches, 0 where it is not known.
    """

    id: CameraId
    name: Line
    source_url: Annotated[str, Meta(max_length=2048)] = field(repr=False)
    enabled: bool = True
    wanted: bool = False
    settings: CameraSettings = CameraSettings()
    watched_px: Annotated[int, Meta(ge=0, le=65536)] = 0


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything that the hub wants of one device; a higher revision replaces a lower one.

    `recall` marks the hub's last return from a backup: what it had been sent is to be offered again, once.
    """

    revision: Count
    cameras: Annotated[tuple[CameraDesired, ...], Meta(max_length=256)] = ()
    recall: UUID | None = None


@dataclass(frozen=True, slots=True)
class CameraReported:
    """One camera as the device has it; `reason` is for people, empty when all is well.

    `boxes` is how viewers get them now, `note` why that is not what was asked for; both of the stream that is live.
    """

    id: CameraId
    state: CameraState
    since: Utc
    reason: Line = ""
    stream: StreamState = StreamState.STOPPED
    width: Count = 0
    height: Count = 0
    fps: float = 0.0
    codec: Line = ""
    boxes: BoxStyle = BoxStyle.BURNT
    note: Line = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """What the device runs: the desired revision that it has applied, and each camera's state."""

    revision: Count
    version: Line
    cameras: Annotated[tuple[CameraReported, ...], Meta(max_length=256)] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's visit, sent on opening (closed_at None) and again on closing; the UUID is the key.

    `box` is [x, y, w, h] in pixels of `picture` (a JPEG, whole frame; empty when the device had to drop it for space);
    `sequence` numbers this device's visit messages and only grows.
    """

    visit_id: UUID
    camera: CameraId
    opened_at: Utc
    closed_at: Utc | None
    faces: Annotated[int, Meta(ge=1, le=1000)]
    score: Score
    box: tuple[Length, Length, Length, Length]
    picture: Jpeg = field(repr=False)
    picture_sha256: bytes = field(repr=False)
    sequence: Count


@dataclass(frozen=True, slots=True)
class Committed:
    """One visit message that the hub has committed to its database."""

    visit_id: UUID
    sequence: Count


@dataclass(frozen=True, slots=True)
class Ack:
    """What the hub has committed: only now may the device's outbox forget it."""

    committed: Annotated[tuple[Committed, ...], Meta(max_length=10_000)]


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a device is there; the broker publishes the offline form as its last will."""

    online: bool
    since: Utc
    version: Line


class Action(StrEnum):
    """What a hub may ask of a device."""

    SNAPSHOT = "snapshot"
    RESTART = "restart"
    PROBE = "probe"
    SELFTEST = "selftest"


@dataclass(frozen=True, slots=True)
class Command:
    """A request to a device; `camera` for snapshot, `url` for probe."""

    command_id: UUID
    action: Action
    camera: Annotated[str, Meta(max_length=64)] = ""
    url: Annotated[str, Meta(max_length=2048)] = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command; `error` is empty on success."""

    command_id: UUID
    error: Line = ""
    picture: Jpeg = field(default=b"", repr=False)
    details: Details = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """One camera over the last minute; latencies in ms, None where nothing was measured.

    Glass to video ends where the picture leaves the device; the rest of its way the player measures. `encoder` made
    the last picture that was sent, empty where none was encoded.
    """

    id: CameraId
    frames: Count
    dropped: Count
    inferences: Count
    inference_ms: float | None = None
    lag_ms: float | None = None
    glass_to_alert_ms_p50: float | None = None
    glass_to_alert_ms_p95: float | None = None
    glass_to_video_ms_p50: float | None = None
    glass_to_video_ms_p95: float | None = None
    encoder: Line = ""


@dataclass(frozen=True, slots=True)
class Health:
    """The device over the last minute, for graphs; None where the machine cannot tell.

    `memory_mb` is the agent's own, `cpu_percent` the whole machine's; `pictures_dropped` and `visits_dropped` count
    what the outbox gave up for want of space since it was made, `pictures_shrunk` what it halved, `trouble` says in
    words why it cannot write.
    """

    at: Utc
    uptime_s: float
    cpu_percent: float
    memory_mb: float
    outbox_length: Count
    outbox_oldest_s: float
    disk_free_mb: float
    temperature_c: float | None = None
    throttled: bool | None = None
    pictures_dropped: Count = 0
    visits_dropped: Count = 0
    trouble: Line = ""
    cameras: Annotated[tuple[CameraHealth, ...], Meta(max_length=256)] = ()
    pictures_shrunk: Count = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """One part of a device in its self-test; `detail` is for people: what is there, or why it is red."""

    part: Annotated[str, Meta(min_length=1, max_length=80)]
    ok: bool
    detail: Line = ""


@dataclass(frozen=True, slots=True)
class Selftest:
    """The device's look at itself: green or red per part."""

    at: Utc
    checks: Annotated[tuple[Checked, ...], Meta(max_length=300)] = ()
