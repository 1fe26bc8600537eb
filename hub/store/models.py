"""Every table as a peewee model; migrations are the truth in the database, a drift check keeps the two the same.

Longer than most files on purpose: a migration changes any of it and is checked against all of it, and keys run across.
What peewee cannot say (triggers, functions) stands beside the models in `triggers.py`. Checks compare with `::text` so
that they read the same after a dump and restore, which the drift check would else complain of.
"""

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    Check,
    CompositeKey,
    DatabaseProxy,
    DoubleField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    SmallIntegerField,
    TextField,
    UUIDField,
)
from playhouse.postgres_ext import DateTimeTZField

database = DatabaseProxy()


class Table(Model):
    """The base of all tables: one PostgreSQL database, bound when the program starts."""

    class Meta:
        database = database
        legacy_table_names = False


class User(Table):
    """Who may log in. `all_cameras` false: only those in user_camera. `disabled_at` ends every session."""

    id = BigAutoField()
    username = CharField(64, unique=True)
    password_hash = TextField()
    role = CharField(
        16, constraints=[Check("role::text = ANY (ARRAY['admin'::text, 'operator'::text, 'viewer'::text])")]
    )
    all_cameras = BooleanField(default=True)
    created_at = DateTimeTZField()
    disabled_at = DateTimeTZField(null=True)

    class Meta:
        table_name = "app_user"


class Session(Table):
    """One log-in of one user: a family of refresh tokens of which `refresh_id` is the good one.

    The one before it is answered once more shortly after `rotated_at`, or while nothing of the answer has been used.
    """

    id = UUIDField(primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE", backref="sessions")
    user_id: int  # the key itself, which peewee adds
    refresh_id = UUIDField()
    previous_refresh_id = UUIDField(null=True)
    rotated_at = DateTimeTZField(null=True)
    answer_used = BooleanField(default=True)
    created_at = DateTimeTZField()
    last_used_at = DateTimeTZField()
    expires_at = DateTimeTZField()
    revoked_at = DateTimeTZField(null=True)
    address = CharField(64, default="")
    user_agent = CharField(300, default="")


class ApiToken(Table):
    """A program's proof of who it works for; only the SHA-256 of it is kept. `scopes`: what it may be used for."""

    id = UUIDField(primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE", backref="api_tokens")
    name = CharField(120)
    scopes = JSONField()
    token_sha256 = BlobField(unique=True)
    hint = CharField(16)  # how it begins and ends, so that its owner knows it again
    created_at = DateTimeTZField()
    expires_at = DateTimeTZField(null=True)
    last_used_at = DateTimeTZField(null=True)
    revoked_at = DateTimeTZField(null=True)


class Attempt(Table):
    """How full the leaking bucket of a log-in's account or address was at a time; `key` is a digest."""

    key = CharField(64, primary_key=True)
    level = DoubleField()
    at = DateTimeTZField()


class Device(Table):
    """One edge device. `id` is its name on the wire (a-z, 0-9, hyphen); its key is made there and never seen here."""

    id = CharField(64, primary_key=True)
    name = CharField(120)
    state = CharField(
        16,
        constraints=[
            Check(
                "state::text = ANY (ARRAY['preauthorised'::text, 'pending'::text, 'approved'::text, 'revoked'::text])"
            )
        ],
    )
    created_at = DateTimeTZField()
    approved_at = DateTimeTZField(null=True)
    revoked_at = DateTimeTZField(null=True)
    token_sha256 = BlobField(null=True)
    token_expires_at = DateTimeTZField(null=True)
    csr_pem = TextField(null=True)
    certificate_pem = TextField(null=True)
    certificate_serial = CharField(64, null=True)
    previous_certificate_pem = TextField(null=True)  # good until the renewed one was used, or it ends
    desired_revision = BigIntegerField(default=0)
    reported_revision = BigIntegerField(default=0)
    reported_at = DateTimeTZField(null=True)
    version = CharField(64, default="")
    online = BooleanField(default=False)
    online_since = DateTimeTZField(null=True)
    health = JSONField(null=True)
    health_at = DateTimeTZField(null=True)
    offline_cause = CharField(8, null=True)  # "left" with a good-bye, or "lost" without; NULL while it is there
    selftest = JSONField(null=True)
    selftest_at = DateTimeTZField(null=True)


class HealthSample(Table):
    """A device's figures, the means of `span_s` seconds from `at` on: minutes of a day, then quarters of an hour."""

    device = ForeignKeyField(Device, on_delete="CASCADE", index=False)
    span_s = SmallIntegerField()
    at = DateTimeTZField()
    cpu_percent = DoubleField(null=True)
    temperature_c = DoubleField(null=True)
    memory_mb = DoubleField(null=True)
    disk_free_mb = DoubleField(null=True)
    outbox_length = DoubleField(null=True)
    outbox_oldest_s = DoubleField(null=True)
    inference_ms = DoubleField(null=True)
    lag_ms = DoubleField(null=True)
    glass_to_alert_ms = DoubleField(null=True)
    throttled = DoubleField(null=True)

    class Meta:
        primary_key = CompositeKey("device", "span_s", "at")
        table_name = "health_sample"


class Command(Table):
    """Something asked of a device, and what came of it; both kept for minutes. `url_sealed` goes once it was told."""

    id = UUIDField(primary_key=True)
    device = ForeignKeyField(Device, on_delete="CASCADE")
    device_id: str
    action = CharField(16)
    camera_id = BigIntegerField(null=True)
    url_sealed = BlobField(null=True)
    asked_by = CharField(64)
    asked_at = DateTimeTZField(index=True)
    expires_at = DateTimeTZField()
    told_at = DateTimeTZField(null=True)
    answered_at = DateTimeTZField(null=True)
    error = CharField(500, default="")
    details = JSONField(default=dict)
    picture = BlobField(null=True)


class RevokedCertificate(Table):
    """A device certificate that is no longer good: revoked, or replaced by the key of a re-flashed card."""

    serial = CharField(64, primary_key=True)
    device_id = CharField(64)
    revoked_at = DateTimeTZField()
    expires_at = DateTimeTZField()


class Camera(Table):
    """One camera as the hub wants it (upper half) and as its device last reported it (lower half)."""

    id = BigAutoField()
    name = CharField(120)
    location = CharField(200, default="")
    source_url_sealed = BlobField()  # MultiFernet; the hub never opens a camera itself
    device = ForeignKeyField(Device, null=True, on_delete="SET NULL", backref="cameras")
    device_id: str | None  # the key itself, which peewee adds
    enabled = BooleanField(default=True)
    settings = JSONField(default=dict)
    pin = CharField(
        8, null=True, constraints=[Check("pin::text = ANY (ARRAY['start'::text, 'stop'::text])")]
    )  # NULL: leases decide
    pinned_by = CharField(64, null=True)
    created_at = DateTimeTZField()
    updated_at = DateTimeTZField()
    revision = BigIntegerField(default=0)  # its device's desired revision when the camera itself last changed
    state = CharField(16, default="unknown")
    state_reason = CharField(500, default="")
    state_since = DateTimeTZField(null=True)
    stream_state = CharField(16, default="stopped")
    width = IntegerField(default=0)
    height = IntegerField(default=0)
    fps = DoubleField(default=0.0)
    codec = CharField(32, default="")
    stream_boxes = CharField(8, default="burnt")
    stream_note = CharField(500, default="")
    published_since = DateTimeTZField(null=True)  # from here on as the media server has it; NULL: nobody publishes
    readers = IntegerField(default=0)
    kbit_per_s = IntegerField(default=0)
    screen_ms_p50 = DoubleField(null=True)  # from the camera's glass to the slowest screen of late, NULL: never told
    screen_ms_p95 = DoubleField(null=True)
    screen_at = DateTimeTZField(null=True)


class UserCamera(Table):
    """Which cameras a limited user may see."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    camera = ForeignKeyField(Camera, on_delete="CASCADE")

    class Meta:
        primary_key = CompositeKey("user", "camera")


class Lease(Table):
    """Somebody watches a camera until `expires_at`, unless the page renews it."""

    camera = ForeignKeyField(Camera, on_delete="CASCADE")
    viewer = CharField(80)
    expires_at = DateTimeTZField(index=True)
    width = IntegerField(default=0)  # of the picture to send, in pixels; 0: whole

    class Meta:
        primary_key = CompositeKey("camera", "viewer")


class MediaSession(Table):
    """Somebody who was let in at the media server, under the id that it gave them; rows go when they have left."""

    id = UUIDField(primary_key=True)
    action = CharField(8, constraints=[Check("action::text = ANY (ARRAY['publish'::text, 'read'::text])")])
    path = CharField(16)
    subject = CharField(64)
    session_id = CharField(36)
    admitted_at = DateTimeTZField()


class Alert(Table):
    """One visit. Partitioned by month of `opened_at`; `camera_id` is no foreign key: alerts outlive their camera.

    `box` is [x, y, w, h] in pixels of the snapshot; the snapshot lies at `picture_offset` in segment `picture_segment`.
    `ordinal` grows with every insert and update, in the order of their commits: it is the cursor of the live feed.
    `id` and `opened_at` never change, nor does `camera_id`: the hourly counts rely on it, a trigger holds it.
    """

    id = UUIDField()
    opened_at = DateTimeTZField()
    closed_at = DateTimeTZField(null=True)
    received_at = DateTimeTZField()
    ordinal = BigIntegerField(sequence="alert_ordinal")
    camera_id = BigIntegerField()
    device_id = CharField(64)
    faces = SmallIntegerField(constraints=[Check("faces > 0")])
    score = DoubleField(constraints=[Check("score BETWEEN 0 AND 1")])
    box = JSONField()
    picture_segment = IntegerField(null=True)
    picture_offset = BigIntegerField(null=True)
    picture_length = IntegerField(null=True)
    picture_sha256 = BlobField(null=True)
    acknowledged_by = CharField(64, null=True)
    acknowledged_at = DateTimeTZField(null=True)
    note = TextField(default="")

    class Meta:
        primary_key = CompositeKey("id", "opened_at")
        constraints = (Check("closed_at >= opened_at"),)
        table_settings = "PARTITION BY RANGE (opened_at)"


# Every listing is a walk along one of these; nobody counts, skips or sorts.
Alert.add_index(Alert.opened_at.desc(), Alert.id.desc(), name="alert_listed")
Alert.add_index(Alert.camera_id, Alert.opened_at.desc(), Alert.id.desc(), name="alert_listed_by_camera")
Alert.add_index(Alert.device_id, Alert.opened_at.desc(), Alert.id.desc(), name="alert_listed_by_device")
Alert.add_index(
    Alert.opened_at.desc(), Alert.id.desc(), name="alert_listed_acknowledged", where=SQL("acknowledged_by IS NOT NULL")
)
Alert.add_index(Alert.ordinal, name="alert_ordered")


class AlertHour(Table):
    """How many alerts each camera had in each hour, split by month as they are; a trigger on alert keeps it exact."""

    camera_id = BigIntegerField()
    hour = DateTimeTZField(index=True)
    alerts = BigIntegerField()

    class Meta:
        primary_key = CompositeKey("camera_id", "hour")
        table_settings = "PARTITION BY RANGE (hour)"


class DeadLetter(Table):
    """A message that could not be understood or placed, kept whole for a person to look at and replay."""

    id = BigAutoField()
    received_at = DateTimeTZField()
    topic = TextField()
    payload = BlobField()
    reason = TextField()


class Audit(Table):
    """Append-only: who changed what, from what to what; `token`: the name of the API token, if it was one."""

    id = BigAutoField()
    at = DateTimeTZField(index=True)
    actor = CharField(80)
    action = CharField(64)
    target = CharField(120)
    before = JSONField(null=True)
    after = JSONField(null=True)
    address = CharField(64, default="")
    token = CharField(120, default="")


class Restoration(Table):
    """One return of this hub from a backup; devices obey the recall of that id once."""

    id = UUIDField(primary_key=True)
    restored_at = DateTimeTZField()


class Process(Table):
    """One process of the hub, by what it last said of itself; `name` is its kind and machine, so a restart goes on."""

    name = CharField(120, primary_key=True)
    kind = CharField(16)
    started_at = DateTimeTZField()
    seen_at = DateTimeTZField()
    facts = JSONField(default=dict)


class Retention(Table):
    """The one row that says how long alerts and pictures are kept, 0 for ever, or all; without it the settings do."""

    id = SmallIntegerField(primary_key=True, constraints=[Check("id = 1")])
    alert_days = IntegerField(constraints=[Check("alert_days >= 0")])
    alert_gb = IntegerField(constraints=[Check("alert_gb >= 0")])
    picture_days = IntegerField(constraints=[Check("picture_days >= 0")])
    picture_gb = IntegerField(constraints=[Check("picture_gb >= 0")])


TABLES = (
    User,
    Session,
    ApiToken,
    Attempt,
    Device,
    HealthSample,
    Command,
    RevokedCertificate,
    Camera,
    UserCamera,
    Lease,
    MediaSession,
    Alert,
    AlertHour,
    DeadLetter,
    Audit,
    Restoration,
    Process,
    Retention,
)
