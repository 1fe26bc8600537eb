"""Visits become alerts: one statement stores a batch, tells who listens, and makes opening and closing one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.store.models import database
from hub.store.notify import ALERT
from hub.store.pictures import Place

# What belongs to the picture comes with it: a closing whose picture had to be given up leaves the opening's in place.
OF_PICTURE = ("score", "box", "picture_segment", "picture_offset", "picture_length", "picture_sha256")
WITHOUT = "excluded.picture_segment IS NULL AND kept.picture_segment IS NOT NULL"
BETTER = ", ".join(f"{name} = CASE WHEN {WITHOUT} THEN kept.{name} ELSE excluded.{name} END" for name in OF_PICTURE)
# An opening makes the row; a closing makes or completes it. Whatever comes behind a closing changes nothing, nor does
# a second opening, but for a picture that found no room before; nor another device's message under the same id.
# Ordinals of one statement are consecutive, for the table is locked against others that take some: first and last say
# it all.
STORE = f"""
WITH stored AS (
    INSERT INTO alert AS kept (id, opened_at, closed_at, received_at, camera_id, device_id, faces, score, box,
        picture_segment, picture_offset, picture_length, picture_sha256, note)
    SELECT fresh.*, '' FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::bigint[],
        %s::text[], %s::smallint[], %s::float8[], %s::jsonb[], %s::int[], %s::bigint[], %s::int[], %s::bytea[]) AS fresh
    ON CONFLICT (id, opened_at) DO UPDATE SET
        ordinal = excluded.ordinal, closed_at = excluded.closed_at, faces = greatest(kept.faces, excluded.faces),
        {BETTER}
    WHERE kept.device_id = excluded.device_id AND kept.camera_id = excluded.camera_id AND (
        (kept.closed_at IS NULL AND excluded.closed_at IS NOT NULL)
        OR (kept.closed_at IS NOT DISTINCT FROM excluded.closed_at AND excluded.picture_segment IS NOT NULL
            AND kept.picture_sha256 IS DISTINCT FROM excluded.picture_sha256))
    RETURNING ordinal
)
SELECT pg_notify('{ALERT}', min(ordinal) || '-' || max(ordinal)) FROM stored HAVING count(*) > 0
"""


NULL = "NULL"


@dataclass(slots=True)  # not frozen: making one would take three times as long
class VisitRow:
    """One visit as it goes to the table; `place` None: without a picture."""

    id: UUID
    opened_at: datetime
    closed_at: datetime | None
    received_at: datetime
    camera_id: int
    device_id: str
    faces: int
    score: float
    box: tuple[float, float, float, float]
    place: Place | None
    picture_sha256: bytes | None


def store_visits(rows: Sequence[VisitRow]) -> None:
    """Store a batch in which no id comes twice, and notify once; commits unless a transaction is open."""
    if rows:
        database.execute_sql(STORE, _columns(rows))


def _columns(rows: Sequence[VisitRow]) -> tuple[str, ...]:
    """Each column as one literal of an array, which costs both sides half of what a list of literals does."""
    return tuple("{" + ",".join(column) + "}" for column in zip(*map(_elements, rows), strict=True))


def _elements(row: VisitRow) -> tuple[str, ...]:
    """A row's values as PostgreSQL's text form of an array wants them: other than digits, letters and `-+:.` quoted."""
    place = row.place
    return (
        row.id.hex,
        row.opened_at.isoformat(),
        row.closed_at.isoformat() if row.closed_at else NULL,
        row.received_at.isoformat(),
        str(row.camera_id),
        f'"{row.device_id}"',
        str(row.faces),
        str(row.score),
        f'"{list(row.box)}"',
        str(place.segment) if place else NULL,
        str(place.offset) if place else NULL,
        str(place.length) if place else NULL,
        rf'"\\x{row.picture_sha256.hex()}"' if row.picture_sha256 else NULL,
    )
