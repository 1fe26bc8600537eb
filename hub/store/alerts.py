"""Alerts as they are kept: one by its id, by the order of their commits, and seen to by somebody."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from hub.store.models import database
from hub.store.notify import ALERT
from hub.store.pictures import Place

COLUMNS = (
    "id, opened_at, closed_at, received_at, ordinal, camera_id, device_id, faces, score, box, "
    "picture_segment, picture_offset, picture_length, picture_sha256, acknowledged_by"
)


class AlertRow(NamedTuple):
    """One alert; `box` is [x, y, w, h] in pixels of its picture."""

    id: UUID
    opened_at: datetime
    closed_at: datetime | None
    received_at: datetime
    ordinal: int
    camera_id: int
    device_id: str
    faces: int
    score: float
    box: list[float]
    picture_segment: int | None
    picture_offset: int
    picture_length: int
    picture_sha256: bytes | None
    acknowledged_by: str | None

    @property
    def place(self) -> Place | None:
        """Where the picture lies, None without one."""
        if self.picture_segment is None:
            return None
        return Place(self.picture_segment, self.picture_offset, self.picture_length)


def one(alert_id: UUID) -> AlertRow | None:
    """The alert of this id."""
    rows = _rows(f"SELECT {COLUMNS} FROM alert WHERE id = %s", [str(alert_id)])
    return rows[0] if rows else None


def since_ordinal(ordinal: int, limit: int) -> list[AlertRow]:
    """What was stored or changed behind this ordinal, in the order of the commits."""
    return _rows(f"SELECT {COLUMNS} FROM alert WHERE ordinal > %s ORDER BY ordinal LIMIT {limit}", [ordinal])


def between_ordinals(after: int, until: int, limit: int) -> list[AlertRow]:
    """The last `limit` of what was stored or changed behind one ordinal and up to another, in order."""
    statement = f"SELECT {COLUMNS} FROM alert WHERE ordinal > %s AND ordinal <= %s ORDER BY ordinal DESC LIMIT {limit}"
    return _rows(statement, [after, until])[::-1]


def last_ordinal() -> int:
    """The ordinal of the newest commit; 0 before the first."""
    row = database.execute_sql("SELECT coalesce(max(ordinal), 0) FROM alert").fetchone()
    return int(row[0])


def acknowledge(row: AlertRow, username: str, note: str) -> AlertRow:
    """Mark an alert as seen by a person, and tell every page; the first one to do it stays."""
    rows = _rows(
        "UPDATE alert SET acknowledged_by = %s, acknowledged_at = %s, note = %s, ordinal = nextval('alert_ordinal') "
        f"WHERE id = %s AND opened_at = %s AND acknowledged_by IS NULL RETURNING {COLUMNS}",
        [username, datetime.now(UTC), note, str(row.id), row.opened_at],
    )
    if not rows:
        return one(row.id) or row
    database.execute_sql("SELECT pg_notify(%s, %s)", (ALERT, f"{rows[0].ordinal}-{rows[0].ordinal}"))
    return rows[0]


def acknowledge_many(ids: Sequence[UUID], camera_ids: frozenset[int] | None, username: str, note: str) -> list[UUID]:
    """Mark those of these cameras that nobody has acknowledged yet, and tell every page; which ones they were."""
    whose = "" if camera_ids is None else "AND camera_id = ANY(%s::bigint[])"
    values: list[object] = [username, datetime.now(UTC), note, [str(one) for one in ids]]
    rows = _rows(
        "UPDATE alert SET acknowledged_by = %s, acknowledged_at = %s, note = %s, ordinal = nextval('alert_ordinal') "
        f"WHERE id = ANY(%s::uuid[]) AND acknowledged_by IS NULL {whose} RETURNING {COLUMNS}",
        values + ([] if camera_ids is None else [sorted(camera_ids)]),
    )
    if rows:
        ordinals = [row.ordinal for row in rows]
        database.execute_sql("SELECT pg_notify(%s, %s)", (ALERT, f"{min(ordinals)}-{max(ordinals)}"))
    return [row.id for row in rows]


def _rows(statement: str, values: list[object]) -> list[AlertRow]:
    return [AlertRow._make(row) for row in database.execute_sql(statement, values).fetchall()]
