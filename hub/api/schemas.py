"""The shapes of the HTTP API: one pydantic model per request and answer; input refuses what it does not know.

Longer than most files on purpose: whoever writes a client reads one page. Times are RFC 3339 in UTC, URLs in answers
are paths from the root, lengths are pixels.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from hub.api.kinds import (
    NO_NUL,
    TEXT,
    Answer,
    Body,
    CameraIds,
    CameraSettings,
    Cursor,
    DeviceId,
    Id,
    Limit,
    Line,
    Name,
    Password,
    Pem,
    Query,
    RoleName,
    ScopeName,
    SourceUrl,
    Token,
    Username,
    UtcTime,
    Whole,
)
from hub.auth.scopes import SCOPES

DelayMs = Annotated[float, Field(ge=0, le=3_600_000)]


class FieldProblem(Answer):
    """One thing wrong with a request: where (`body.source_url`, `query.limit`) and what."""

    field: str
    detail: str


class Problem(Answer):
    """RFC 9457: what went wrong, for programs and people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: Annotated[list[FieldProblem], Field(default_factory=list)]
    request_id: str | None = None


# --- who asks


class Credentials(Body):
    username: Annotated[str, Field(min_length=1, max_length=64, pattern=TEXT)]
    password: Annotated[str, Field(min_length=1, max_length=128, pattern=NO_NUL)]


class Signup(Body):
    username: Username
    password: Password


class Refresh(Body):
    """For programs; a browser sends its refresh cookie and the CSRF header instead."""

    absent_is_empty = True

    refresh_token: Token | None = None


class PasswordChange(Body):
    current_password: Annotated[str, Field(min_length=1, max_length=128, pattern=NO_NUL)]
    new_password: Password


class Tokens(Answer):
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: Annotated[int, Field(description="seconds until the access token ends")]


class Ticket(Answer):
    ticket: str
    expires_in: int


class Account(Answer):
    id: int
    username: str
    role: RoleName


class Me(Account):
    camera_ids: Annotated[list[int] | None, Field(description="null: every camera")]


class OpenSession(Answer):
    """Where somebody is logged in; `current`: here."""

    id: UUID
    created_at: UtcTime
    last_used_at: UtcTime
    expires_at: UtcTime
    address: str
    user_agent: str
    current: bool


class SessionList(Answer):
    items: list[OpenSession]


class ApiToken(Answer):
    """A program's token; `hint` is how it begins and ends, the whole was told once."""

    id: UUID
    name: str
    user_id: int
    username: str
    scopes: list[ScopeName]
    hint: str
    created_at: UtcTime
    expires_at: Annotated[UtcTime | None, Field(description="null: never")]
    last_used_at: Annotated[UtcTime | None, Field(description="to the minute")]


class ApiTokenList(Answer):
    items: list[ApiToken]


class ApiTokenQuery(Query):
    """`all`: everybody's, for admins."""

    whose: Literal["mine", "all"] = "mine"


class ApiTokenNew(Body):
    """`valid_days` null: until it is revoked. `user_id`: whom it works for, for admins; left out: yourself."""

    name: Name
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=len(SCOPES))]
    valid_days: Annotated[int, Field(ge=1, le=3650), Whole] | None = 90
    user_id: Id | None = None


class ApiTokenMade(ApiToken):
    """The one time that the token is told."""

    token: str


class User(Me):
    created_at: UtcTime
    disabled: bool


class UserList(Answer):
    items: list[User]


class UserNew(Body):
    username: Username
    password: Password
    role: RoleName = "viewer"
    camera_ids: CameraIds | None = None


class UserChange(Body):
    """What is left out stays; `camera_ids` null means every camera."""

    password: Password | None = None
    role: RoleName | None = None
    camera_ids: CameraIds | None = None
    disabled: bool | None = None


# --- cameras


class CameraStatus(Answer):
    """`pending`: the device has not applied the latest change yet; `reason` is for people, empty when all is well."""

    state: Literal["pending", "starting", "online", "offline", "disabled", "unknown"]
    since: UtcTime | None
    reason: str


class Published(Answer):
    """What the media server says of a stream that a device publishes to it."""

    since: UtcTime
    readers: int
    kbit_per_s: int


class GlassToScreen(Answer):
    """From the camera's glass to the slowest of the screens that told within a quarter minute, `at` the last of it."""

    p50_ms: float
    p95_ms: float
    at: UtcTime


class CameraStream(Answer):
    """`pin`: somebody (`pinned_by`) pressed Start or Stop; null: it runs while anybody watches."""

    wanted: bool
    state: Literal["stopped", "starting", "live", "failed"]
    pin: Literal["start", "stop"] | None
    pinned_by: str | None
    boxes: Annotated[Literal["burnt", "overlay"], Field(description="how viewers get them now")]
    note: Annotated[str, Field(description="why that is not as it was asked for, for people")]
    published: Annotated[Published | None, Field(description="null: nobody publishes it now")]
    screen: Annotated[GlassToScreen | None, Field(description="null: no screen has ever told")]


class Camera(Answer):
    id: int
    name: str
    source_url: Annotated[str, Field(description="credentials and query come back as ***")]
    location: str
    device_id: str | None
    enabled: bool
    settings: CameraSettings
    status: CameraStatus
    stream: CameraStream


class CameraList(Answer):
    items: list[Camera]


class CameraNew(Body):
    """Without `device_id` the camera goes to the only approved device, if there is exactly one."""

    name: Name
    source_url: SourceUrl
    location: Line = ""
    device_id: DeviceId | None = None
    enabled: bool = True
    settings: Annotated[CameraSettings, Field(default_factory=dict)]


class CameraChange(Body):
    """What is left out stays, also inside `settings`; sending a masked `source_url` back keeps its credentials."""

    name: Name | None = None
    source_url: SourceUrl | None = None
    location: Line | None = None
    device_id: DeviceId | None = None
    enabled: bool | None = None
    settings: CameraSettings | None = None


class ScreenDelay(Body):
    """From the camera's glass to the picture on a screen, in milliseconds of one clock."""

    p50_ms: DelayMs
    p95_ms: DelayMs


class StreamWatch(Body):
    """The device sends a picture no wider than the widest that anybody says to see; without `width` all of it."""

    absent_is_empty = True

    width: Annotated[
        int | None, Field(ge=1, le=16384, description="of the picture on the screen, in pixels"), Whole
    ] = None
    page: Annotated[str, Field(pattern=r"^[a-z0-9]{0,12}$", description="tells several pages of one log-in apart")] = ""
    screen: Annotated[ScreenDelay | None, Field(description="what this page measured since it last asked")] = None


class StreamAnswer(Answer):
    whep_url: str
    token: Annotated[str, Field(description="for that one path; `Authorization: Bearer` at the WHEP URL")]
    lease_s: int
    state: Annotated[
        Literal["stopped", "starting", "live", "failed", "pending"], Field(description="pending: the device is away")
    ]
    reason: Annotated[str, Field(description="for people, empty when all is well")] = ""
    note: Annotated[str, Field(description="why the video is not as it was asked for, for people")] = ""
    at: Annotated[UtcTime, Field(description="the hub's clock now")]


# --- alerts


class Alert(Answer):
    id: UUID
    camera_id: int
    device_id: str
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    received_at: AwareDatetime
    delayed_s: Annotated[float, Field(description="how long it waited before the hub had it")]
    faces: int
    score: float
    box: Annotated[list[float], Field(min_length=4, max_length=4, description="x, y, w, h in pixels of the snapshot")]
    snapshot_url: str | None
    acknowledged_by: str | None


class AlertPage(Answer):
    items: list[Alert]
    next_cursor: str | None


class AlertQuery(Query):
    """Newest first; `since` is included, `until` is not."""

    camera_id: Id | None = None
    device_id: DeviceId | None = None
    since: UtcTime | None = None
    until: UtcTime | None = None
    min_score: Annotated[float, Field(ge=0, le=1)] | None = None
    acknowledged: bool | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class Acknowledge(Body):
    absent_is_empty = True

    note: Annotated[str, Field(max_length=2000, pattern=NO_NUL)] = ""


class AcknowledgeMany(Body):
    ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    note: Annotated[str, Field(max_length=2000, pattern=NO_NUL)] = ""


class Acknowledged(Answer):
    """Which of them were not acknowledged before."""

    ids: list[UUID]


class SnapshotQuery(Query):
    """`v` comes with `snapshot_url`: the picture under it never changes."""

    crop: Literal["0", "1"] = "0"
    v: Annotated[str, Field(max_length=64, pattern=r"^[0-9a-f]+$")] | None = None


class LiveQuery(Query):
    """`after`: replay what came after this cursor; `ticket`: from POST /api/auth/ticket."""

    after: Cursor | None = None
    ticket: Token | None = None


class StatsQuery(Query):
    bucket: Literal["hour", "day"] = "hour"
    since: UtcTime | None = None
    until: UtcTime | None = None
    camera_id: Id | None = None


class Bucket(Answer):
    at: UtcTime
    alerts: int


class Stats(Answer):
    bucket: Literal["hour", "day"]
    items: list[Bucket]


# --- devices


class Checked(Answer):
    part: str
    ok: bool
    detail: str


class Selftest(Answer):
    at: UtcTime
    checks: list[Checked]


class SelftestResult(Answer):
    """In short; every part stands in the device's health. The live feed tells limited users of no single camera."""

    at: UtcTime
    red: Annotated[list[str], Field(description="the parts that are not as they should be, at most 20")]


class Device(Answer):
    """`offline_cause`: it `left` with a good-bye, or was `lost` without one."""

    id: str
    name: str
    state: Literal["preauthorised", "pending", "approved", "revoked"]
    online: bool
    online_since: Annotated[UtcTime | None, Field(description="since when it is there, or away")]
    offline_cause: Literal["left", "lost"] | None
    version: str
    desired_revision: int
    reported_revision: int
    reported_at: UtcTime | None
    created_at: UtcTime
    approved_at: UtcTime | None
    revoked_at: UtcTime | None
    token_expires_at: UtcTime | None
    fingerprint: Annotated[str | None, Field(description="SHA-256 of its public key, to compare before approving")]
    certificate_expires_at: UtcTime | None
    selftest: SelftestResult | None


class DeviceList(Answer):
    items: list[Device]


class DeviceNew(Body):
    """`replace`: give an existing device of this name a new key (a re-flashed card); its cameras stay."""

    name: Name
    replace: bool = False
    valid_hours: Annotated[int, Field(ge=1, le=24 * 30), Whole] = 24


class DeviceToken(Device):
    """The one time that the token is told."""

    token: str


class DeviceChange(Body):
    name: Name


class HealthQuery(Query):
    """`since` is included, `until` is not; without them the last day."""

    since: UtcTime | None = None
    until: UtcTime | None = None


class HealthSample(Answer):
    """Means over one step; null where nothing was measured."""

    at: UtcTime
    cpu_percent: float | None
    temperature_c: float | None
    memory_mb: float | None
    disk_free_mb: float | None
    outbox_length: float | None
    outbox_oldest_s: float | None
    inference_ms: float | None
    lag_ms: float | None
    glass_to_alert_ms: float | None
    throttled: Annotated[float | None, Field(description="the part of the time, 0-1")]


class DeviceHealth(Answer):
    """`health` is what the device said last, of the cameras that you may see.

    `items` is its history, oldest first, one for every `step_s` that has any.
    """

    at: UtcTime | None
    health: dict[str, Any] | None
    selftest: Selftest | None
    step_s: int
    items: list[HealthSample]


class CommandNew(Body):
    """`camera_id` for snapshot, and for a restart of one camera; `url` (or `camera_id`) for probe."""

    action: Literal["snapshot", "probe", "restart", "selftest"]
    camera_id: Id | None = None
    url: SourceUrl | None = None


class CommandAsked(Answer):
    command_id: UUID
    answer_within_s: Annotated[int, Field(description="after that its state is timeout")]


class Command(Answer):
    """`details` of a probe: codec, width, height, fps, opened_s, first_frame_s; of a selftest: red, the parts."""

    id: UUID
    device_id: str
    action: Literal["snapshot", "probe", "restart", "selftest"]
    camera_id: int | None
    asked_by: str
    asked_at: UtcTime
    expires_at: UtcTime
    answered_at: UtcTime | None
    state: Literal["waiting", "done", "failed", "timeout"]
    error: Annotated[str, Field(description="for people, empty when all is well")]
    details: dict[str, Any]
    picture_url: str | None


class Enroll(Body):
    """`csr_pem`: PKCS #10, EC P-256 or RSA of at least 2048 bits; the key stays on the device."""

    name: Name
    csr_pem: Pem
    token: Token | None = None


class Renew(Body):
    """`proof`: a JWT (ES256) signed with the present key: `sub` the device, `aud` watchpost-renewal, `csr_sha256`."""

    device_id: DeviceId
    csr_pem: Pem
    proof: Token


class Enrolled(Answer):
    device_id: str
    certificate_pem: str
    ca_pem: str
    mqtt_url: str
    media_rtsp_url: str


class Pending(Answer):
    """Approve the device, comparing the fingerprint; post the same CSR again after `poll_after_s`."""

    device_id: str
    state: Literal["pending"] = "pending"
    fingerprint: str
    poll_after_s: int = 10


# --- audit


class AuditQuery(Query):
    limit: Limit = 50
    cursor: Id | None = None
    actor: Annotated[str, Field(max_length=80, pattern=TEXT)] | None = None
    action: Annotated[str, Field(max_length=64, pattern=TEXT)] | None = None
    target: Annotated[str, Field(max_length=120, pattern=TEXT)] | None = None


class AuditEntry(Answer):
    id: int
    at: UtcTime
    actor: str
    action: str
    target: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str
    token: Annotated[str, Field(description="the name of the API token that was used, empty for a log-in")]


class AuditPage(Answer):
    items: list[AuditEntry]
    next_cursor: str | None


# --- the hub itself


class SystemTrouble(Answer):
    """Something that people should be shown; `what` names it for programs."""

    what: Literal["ingest_silent", "broker_lost", "pictures_shed", "pictures_forgotten", "jobs_silent", "dead_letters"]
    text: str


class SystemBroker(Answer):
    """Whether the hub hears its devices."""

    connected: bool
    reason: str


class SystemDisk(Answer):
    """The disk that pictures are on; null where they lie elsewhere, or nobody has said."""

    free_bytes: int | None
    total_bytes: int | None


class SystemPictures(Answer):
    """`kept` false: the disk is full, alerts come without; `shed` counts them since ingest started."""

    kept: bool
    bytes: int
    segments: int
    shed: int


class SystemProcess(Answer):
    """One process of the hub by its last sign of life."""

    name: str
    kind: Literal["ingest", "jobs"]
    started_at: UtcTime
    seen_at: UtcTime
    silent: bool


class System(Answer):
    troubles: list[SystemTrouble]
    broker: SystemBroker
    disk: SystemDisk
    pictures: SystemPictures
    database_bytes: int
    dead_letters: int
    processes: list[SystemProcess]


Days = Annotated[int, Field(ge=0, le=36500), Whole]
Gigabytes = Annotated[int, Field(ge=0, le=1_000_000), Whole]


class Retention(Answer):
    """Days and gigabytes (2^30 bytes) that are kept; 0 is for ever, or all."""

    alert_days: int
    alert_gb: int
    picture_days: int
    picture_gb: int


class RetentionChange(Body):
    alert_days: Days = 0
    alert_gb: Gigabytes = 0
    picture_days: Days = 0
    picture_gb: Gigabytes = 0
