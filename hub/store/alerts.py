"""Alerts as they are listed, newest first: every page is a walk along an index from where the last one ended.

No count, no OFFSET, no sort. A condition that no index answers looks at a bounded stretch and says where to go on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from hub.store.models import database
from hub.store.notify import ALERT
from hub.store.partitions import month_of
from hub.store.pictures import Place

STRETCH = 5000
RECENT = timedelta(days=10)
LONG_ENOUGH = timedelta(days=1)
COLUMNS = (
    "id, opened_at, closed_at, received_at, ordinal, camera_id, device_id, faces, score, box, "
    "picture_segment, picture_offset, picture_length, picture_sha256, acknowledged_by"
)
NEWEST_FIRST = "ORDER BY opened_at DESC, id DESC LIMIT"

Condition = tuple[str, list[object]]


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


class Position(NamedTuple):
    """Where a page ended; the next one begins behind."""

    opened_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts; `camera_ids` None is every camera. `since` is included, `until` is not."""

    camera_ids: frozenset[int] | None = None
    device_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_score: float | None = None
    acknowledged: bool | None = None


class ShownRow(NamedTuple):
    """One alert as PostgreSQL itself has put it into words."""

    id: UUID
    opened_at: datetime
    text: str


R = TypeVar("R", AlertRow, ShownRow)
Read = Callable[[str, list[object]], list[R]]


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some alerts, and where to go on; fewer than asked for does not mean the end, `next` None does."""

    rows: list[R]
    next: Position | None


def page(wanted: Wanted, limit: int, after: Position | None) -> Page[AlertRow]:
    """The newest `limit` alerts behind a position."""
    return _page(_rows, wanted, limit, after)


def page_shown(shown: str, wanted: Wanted, limit: int, after: Position | None) -> Page[ShownRow]:
    """The same, each as a JSON object of the columns that the SQL list `shown` makes of an alert's.

    To take them apart in Python and to put them together again costs several times as much as to find them.
    """

    def read(statement: str, values: list[object]) -> list[ShownRow]:
        cursor = database.execute_sql(
            "SELECT found.id, found.opened_at, row_to_json(shown)::text "
            f"FROM ({statement}) AS found CROSS JOIN LATERAL (SELECT {shown}) AS shown",
            values,
        )
        return [ShownRow._make(row) for row in cursor.fetchall()]

    return _page(read, wanted, limit, after)


def _page(read: Read[R], wanted: Wanted, limit: int, after: Position | None) -> Page[R]:
    if wanted.camera_ids is not None and not wanted.camera_ids:
        return Page([], None)
    rest, rows = _other_conditions(wanted), list[R]()
    for walk in _walks(wanted, after):
        rows = read(*_passing(wanted.camera_ids, walk, rest, limit))
        if len(rows) == limit:
            return Page(rows, _end(rows))
        if rest and (last := read(*_last_of_stretch(wanted.camera_ids, walk))):
            return Page(rows, _end(last))
    return Page(rows, None)


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


def _walks(wanted: Wanted, after: Position | None) -> list[list[Condition]]:
    """Conditions of the newest days, then of all: a full page is mostly found in those, and asking for them first saves
    planning for years of months. Where a month has begun long enough ago it is those of that month, which is half of
    planning for two."""
    walk, now = _walk_conditions(wanted, after), datetime.now(UTC)
    newest = after.opened_at if after is not None else min(wanted.until or now, now)
    if newest - datetime.min.replace(tzinfo=UTC) <= RECENT:
        return [walk]
    month = month_of(newest)
    recent = month if LONG_ENOUGH < newest - month < RECENT else newest - RECENT
    return [[*walk, ("opened_at >= %s", [recent])], walk]


def _walk_conditions(wanted: Wanted, after: Position | None) -> list[Condition]:
    """What an index answers."""
    walk: list[Condition] = []
    if after is not None:  # the first half tells the planner which months to leave out
        at = after.opened_at
        walk.append(("opened_at <= %s AND (opened_at, id) < (%s, %s)", [at, at, str(after.id)]))
    if wanted.since is not None:
        walk.append(("opened_at >= %s", [wanted.since]))
    if wanted.until is not None:
        walk.append(("opened_at < %s", [wanted.until]))
    if wanted.device_id is not None:
        walk.append(("device_id = %s", [wanted.device_id]))
    if wanted.acknowledged:
        walk.append(("acknowledged_by IS NOT NULL", []))
    return walk


def _other_conditions(wanted: Wanted) -> list[Condition]:
    """What no index answers."""
    rest: list[Condition] = []
    if wanted.min_score is not None:
        rest.append(("score >= %s", [wanted.min_score]))
    if wanted.acknowledged is False:
        rest.append(("acknowledged_by IS NULL", []))
    return rest


def _passing(
    cameras: frozenset[int] | None, walk: list[Condition], rest: list[Condition], limit: int
) -> tuple[str, list[object]]:
    """Statement and values of what passes on a walk."""
    if not rest:
        return _walk(cameras, walk, limit)
    stretch, values = _walk(cameras, walk, STRETCH)
    where, more = _joined(rest)
    return f"SELECT {COLUMNS} FROM ({stretch}) AS stretch WHERE {where} {NEWEST_FIRST} {limit}", values + more


def _last_of_stretch(cameras: frozenset[int] | None, walk: list[Condition]) -> tuple[str, list[object]]:
    """Statement and values of the alert with which a whole stretch ends."""
    stretch, values = _walk(cameras, walk, STRETCH)
    return f"SELECT {COLUMNS} FROM ({stretch}) AS stretch {NEWEST_FIRST} 1 OFFSET {STRETCH - 1}", values


def _walk(cameras: frozenset[int] | None, conditions: list[Condition], limit: int) -> tuple[str, list[object]]:
    """Statement and values of a walk along an index."""
    where, values = _joined(conditions)
    if cameras is None:
        return f"SELECT {COLUMNS} FROM alert WHERE {where} {NEWEST_FIRST} {limit}", values
    if len(cameras) == 1:
        statement = f"SELECT {COLUMNS} FROM alert WHERE camera_id = %s AND {where} {NEWEST_FIRST} {limit}"
        return statement, [*cameras, *values]
    # One walk for each camera, along its index alone, then the rows of the newest of all: an IN would read every other
    # camera's alerts on the way, and to take the rows with it each camera's whole page.
    each = f"SELECT opened_at, id FROM alert WHERE camera_id = wanted.camera AND {where} {NEWEST_FIRST} {limit}"
    newest = (
        f"SELECT found.* FROM unnest(%s::bigint[]) AS wanted (camera) CROSS JOIN LATERAL ({each}) AS found "
        f"{NEWEST_FIRST} {limit}"
    )
    rows = f"SELECT {COLUMNS} FROM alert WHERE {where}"  # the conditions again, which tell the planner the months
    statement = (
        f"SELECT {COLUMNS} FROM ({newest}) AS newest JOIN ({rows}) AS rows USING (opened_at, id) {NEWEST_FIRST} {limit}"
    )
    return statement, [sorted(cameras), *values, *values]


def _joined(conditions: Sequence[Condition]) -> tuple[str, list[object]]:
    texts = ["TRUE", *(text for text, _ in conditions)]
    return " AND ".join(texts), [value for _, some in conditions for value in some]


def _rows(statement: str, values: list[object]) -> list[AlertRow]:
    return [AlertRow._make(row) for row in database.execute_sql(statement, values).fetchall()]


def _end(rows: Sequence[AlertRow | ShownRow]) -> Position:
    return Position(rows[-1].opened_at, rows[-1].id)
