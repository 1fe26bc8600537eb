"""Alerts as they are listed, newest first: every page is a walk along an index from where the last one ended.

No count, no OFFSET, no sort. A condition that this index does not answer looks at a bounded stretch and says where to
go on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from hub.store.models import database
from hub.store.notify import ALERT
from hub.store.partitions import month_of
from hub.store.pictures import Place

STRETCH = 5000  # alerts that a page looks at along one index
SCATTERED = 300  # the same of one camera or one device, which lie apart: each costs a page of the table
FEW = 3  # cameras whose walks are merged at once
GLANCE = 20  # alerts of every camera that are looked at first, for each one wanted of more
RECENT = timedelta(days=10)
LONG_ENOUGH = timedelta(days=1)
COLUMNS = (
    "id, opened_at, closed_at, received_at, ordinal, camera_id, device_id, faces, score, box, "
    "picture_segment, picture_offset, picture_length, picture_sha256, acknowledged_by"
)
NEWEST_FIRST = "ORDER BY opened_at DESC, id DESC LIMIT"

Condition = tuple[str, list[object]]  # with the values of its %s
Statement = tuple[str, list[object]]


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
    rows = list[R]()
    for walk in _walks(wanted, limit, after):
        rows = read(*walk.passing(limit))
        if len(rows) == limit:
            return Page(rows, _end(rows))
        if walk.ends_the_page and (end := walk.end()):
            return Page(rows, end)
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


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk along an index over the newest `size` alerts that it answers for, and what else they must fulfil.

    `ends_the_page`: behind so many alerts the page is given as far as it has come.
    """

    alerts: Statement
    positions: Statement
    size: int
    rest: list[Condition]
    ends_the_page: bool

    def passing(self, limit: int) -> Statement:
        """What passes."""
        if not self.rest:
            return self.alerts
        (stretch, values), (where, more) = self.alerts, _joined(self.rest)
        statement = f"SELECT {COLUMNS} FROM ({stretch}) AS stretch WHERE {where} {NEWEST_FIRST} {limit}"
        return statement, [*values, *more]

    def end(self) -> Position | None:
        """Where so many alerts end; None if there are fewer."""
        stretch, values = self.positions
        statement = f"SELECT opened_at, id FROM ({stretch}) AS stretch {NEWEST_FIRST} 1 OFFSET {self.size - 1}"
        found = database.execute_sql(statement, values).fetchone()
        return Position._make(found) if found else None


def _walks(wanted: Wanted, limit: int, after: Position | None) -> Iterator[_Walk]:
    """What to try in turn until a page is full."""
    spans, (walked, rest) = _spans(wanted, after), _conditions(wanted)
    size = (SCATTERED if wanted.camera_ids or wanted.device_id else STRETCH) if rest else limit
    if wanted.camera_ids is None or len(wanted.camera_ids) == 1:
        for span in spans:
            yield _Walk(*_along([*span, *walked], size), size, rest, ends_the_page=bool(rest))
    elif wanted.camera_ids:
        cameras, glance = sorted(wanted.camera_ids), GLANCE * limit
        if len(cameras) > FEW:
            among: Condition = ("camera_id = ANY(%s::bigint[])", [cameras])
            yield _Walk(*_along(spans[0], glance), glance, [among, *rest], ends_the_page=False)
        size = max(limit, size // len(cameras))
        for span in spans:
            yield _Walk(*_merged(cameras, span, size), size, rest, ends_the_page=bool(rest))


def _spans(wanted: Wanted, after: Position | None) -> list[list[Condition]]:
    """Conditions of the newest days, then of all: a full page is mostly found in those, and asking for them first saves
    planning for years of months. Where a month has begun long enough ago it is those of that month, which is half of
    planning for two."""
    whole, now = list[Condition](), datetime.now(UTC)
    if after is not None:  # the first half tells the planner which months to leave out
        at = after.opened_at
        whole.append(("opened_at <= %s AND (opened_at, id) < (%s, %s)", [at, at, str(after.id)]))
    if wanted.since is not None:
        whole.append(("opened_at >= %s", [wanted.since]))
    if wanted.until is not None:
        whole.append(("opened_at < %s", [wanted.until]))
    newest = after.opened_at if after is not None else min(wanted.until or now, now)
    if newest - datetime.min.replace(tzinfo=UTC) <= RECENT:
        return [whole]
    month = month_of(newest)
    recent = month if LONG_ENOUGH < newest - month < RECENT else newest - RECENT
    return [[*whole, ("opened_at >= %s", [recent])], whole]


def _conditions(wanted: Wanted) -> tuple[list[Condition], list[Condition]]:
    """What the index of a walk answers, which is one thing at a time, one camera or device or that somebody has seen to
    it, and what is left."""
    several = wanted.camera_ids is not None and len(wanted.camera_ids) != 1
    indexed = list[Condition]()
    if wanted.camera_ids is not None and not several:
        indexed.append(("camera_id = %s", [*wanted.camera_ids]))
    if wanted.device_id is not None:
        indexed.append(("device_id = %s", [wanted.device_id]))
    if wanted.acknowledged:
        indexed.append(("acknowledged_by IS NOT NULL", []))
    rest = list[Condition]()
    if wanted.min_score is not None:
        rest.append(("score >= %s", [wanted.min_score]))
    if wanted.acknowledged is False:
        rest.append(("acknowledged_by IS NULL", []))
    return ([], [*indexed, *rest]) if several else (indexed[:1], [*indexed[1:], *rest])


def _along(conditions: list[Condition], size: int) -> tuple[Statement, Statement]:
    """The newest alerts along one index, and their positions."""
    where, values = _joined(conditions)
    walk = f"FROM alert WHERE {where} {NEWEST_FIRST} {size}"
    return (f"SELECT {COLUMNS} {walk}", values), (f"SELECT opened_at, id {walk}", values)


def _merged(cameras: list[int], span: list[Condition], size: int) -> tuple[Statement, Statement]:
    """The newest alerts of several cameras that many others stand beside, and their positions.

    One walk for each camera, along its index alone, then the rows of the newest of all: to take the rows with it would
    read each camera's whole page.
    """
    where, values = _joined(span)
    each = f"SELECT opened_at, id FROM alert WHERE camera_id = wanted.camera AND {where} {NEWEST_FIRST} {size}"
    newest = (
        f"SELECT found.* FROM unnest(%s::bigint[]) AS wanted (camera) CROSS JOIN LATERAL ({each}) AS found "
        f"{NEWEST_FIRST} {size}"
    )
    # The conditions again, which tell the planner the months.
    row = f"SELECT {COLUMNS} FROM alert WHERE opened_at = newest.opened_at AND id = newest.id AND {where} LIMIT 1"
    statement = (
        f"SELECT whole.* FROM ({newest}) AS newest CROSS JOIN LATERAL ({row}) AS whole "
        "ORDER BY newest.opened_at DESC, newest.id DESC"
    )
    return (statement, [cameras, *values, *values]), (newest, [cameras, *values])


def _joined(conditions: Sequence[Condition]) -> tuple[str, list[object]]:
    texts = ["TRUE", *(text for text, _ in conditions)]
    return " AND ".join(texts), [value for _, some in conditions for value in some]


def _rows(statement: str, values: list[object]) -> list[AlertRow]:
    return [AlertRow._make(row) for row in database.execute_sql(statement, values).fetchall()]


def _end(rows: Sequence[AlertRow | ShownRow]) -> Position:
    return Position(rows[-1].opened_at, rows[-1].id)
