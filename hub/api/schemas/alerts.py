"""Alerts, their pictures and their feed."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from hub.api.kinds import NO_NUL, Answer, Body, Cursor, DeviceId, Id, Limit, Query, Token, UtcTime


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
