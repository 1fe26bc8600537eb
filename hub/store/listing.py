"""Alerts as they are listed: every page is a walk along an index from where the last one ended.

No count, no OFFSET, no sort. A condition that this index does not answer looks at a bounded stretch and says where to
go on (docs/design/052).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from hub.store.alerts import COLUMNS, AlertRow
from hub.store.models import database
from hub.store.partitions import month_of, next_month

STRETCH = 5000  # alerts that a page looks at along one index
SCATTERED = 200  # the same of one camera or one device, which lie apart: each costs a page of the table
FEW = 3  # cameras whose walks are merged at once
GLANCE = 20  # alerts of every camera that are looked at first, for each one wanted of more
LEAST = 50  # alerts looked at of each of many cameras; and wanted, as far as that says how many to look at first
RECENT = timedelta(days=10)
LONG_ENOUGH = timedelta(days=1)

Condition = tuple[str, list[object]]  # with the values of its %s
Statement = tuple[str, list[object]]


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


@dataclass(frozen=True, slots=True)
class Way:
    """Which way a list goes."""

    direction: str
    behind: str

    def order(self, table: str = "") -> str:
        """The clause of SQL, of the columns of a table."""
        return f"ORDER BY {table}opened_at {self.direction}, {table}id {self.direction}"


NEWEST_FIRST = Way("DESC", "<")
OLDEST_FIRST = Way("ASC", ">")


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


def page(wanted: Wanted, limit: int, after: Position | None, way: Way = NEWEST_FIRST) -> Page[AlertRow]:
    """The first `limit` alerts behind a position."""

    def read(statement: str, values: list[object]) -> list[AlertRow]:
        return [AlertRow._make(row) for row in database.execute_sql(statement, values).fetchall()]

    return _page(read, _walks(wanted, limit, after, way), limit)


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

    return _page(read, _walks(wanted, limit, after, NEWEST_FIRST), limit)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk along an index over the first `size` alerts that it answers for, and what else they must fulfil.

    `ends_the_page`: behind so many alerts the page is given as far as it has come.
    """

    alerts: Statement
    positions: Statement
    size: int
    rest: list[Condition]
    way: Way
    ends_the_page: bool

    def passing(self, limit: int) -> Statement:
        """What passes."""
        if not self.rest:
            return self.alerts
        (stretch, values), (where, more) = self.alerts, _joined(self.rest)
        statement = f"SELECT {COLUMNS} FROM ({stretch}) AS stretch WHERE {where} {self.way.order()} LIMIT {limit}"
        return statement, [*values, *more]

    def end(self) -> Position | None:
        """Where so many alerts end; None if there are fewer."""
        stretch, values = self.positions
        last = f"{self.way.order()} LIMIT 1 OFFSET {self.size - 1}"
        found = database.execute_sql(f"SELECT opened_at, id FROM ({stretch}) AS stretch {last}", values).fetchone()
        return Position._make(found) if found else None


def _page(read: Read[R], walks: Iterator[_Walk], limit: int) -> Page[R]:
    rows = list[R]()
    for walk in walks:
        rows = read(*walk.passing(limit))
        if len(rows) == limit:
            return Page(rows, Position(rows[-1].opened_at, rows[-1].id))
        if walk.ends_the_page and (end := walk.end()):
            return Page(rows, end)
    return Page(rows, None)


def _walks(wanted: Wanted, limit: int, after: Position | None, way: Way) -> Iterator[_Walk]:
    """What to try in turn until a page is full."""
    spans, (walked, rest) = _spans(wanted, after, way), _conditions(wanted)
    size = (SCATTERED if wanted.camera_ids or wanted.device_id else STRETCH) if rest else limit
    if wanted.camera_ids is None or len(wanted.camera_ids) == 1:
        for span in spans:
            yield _Walk(*_along([*span, *walked], size, way), size, rest, way, ends_the_page=bool(rest))
    elif wanted.camera_ids:
        cameras, glance = sorted(wanted.camera_ids), GLANCE * max(limit, LEAST)
        if len(cameras) > FEW:
            among: Condition = ("camera_id = ANY(%s::bigint[])", [cameras])
            yield _Walk(*_along(spans[0], glance, way), glance, [among, *rest], way, ends_the_page=False)
        size = max(limit, size // len(cameras), LEAST) if rest else limit
        for span in spans:
            yield _Walk(*_merged(cameras, span, size, way), size, rest, way, ends_the_page=bool(rest))


def _spans(wanted: Wanted, after: Position | None, way: Way) -> list[list[Condition]]:
    """Conditions of the nearest days, then of all: a full page is mostly found in those, and asking for them first
    saves planning for years of months."""
    whole, start = list[Condition](), wanted.since
    if way is NEWEST_FIRST:
        now = datetime.now(UTC)
        start = min(wanted.until or now, now)
    if after is not None:  # the first half tells the planner which months to leave out
        start = after.opened_at
        behind = f"opened_at {way.behind}= %s AND (opened_at, id) {way.behind} (%s, %s)"
        whole.append((behind, [start, start, str(after.id)]))
    if wanted.since is not None:
        whole.append(("opened_at >= %s", [wanted.since]))
    if wanted.until is not None:
        whole.append(("opened_at < %s", [wanted.until]))
    near = _near(start, way) if start is not None else None
    return [whole] if near is None else [[*whole, near], whole]


def _near(start: datetime, way: Way) -> Condition | None:
    """The nearest ten days, or what is left of the month if that is a day or more: it is half of planning for two."""
    month = month_of(start)
    try:
        if way is NEWEST_FIRST:
            return "opened_at >= %s", [month if LONG_ENOUGH < start - month < RECENT else start - RECENT]
        end = next_month(month)
        return "opened_at < %s", [end if LONG_ENOUGH < end - start < RECENT else start + RECENT]
    except OverflowError:  # at an end of all times that can be told
        return None


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


def _along(conditions: list[Condition], size: int, way: Way) -> tuple[Statement, Statement]:
    """The first alerts along one index, and their positions."""
    where, values = _joined(conditions)
    walk = f"FROM alert WHERE {where} {way.order()} LIMIT {size}"
    return (f"SELECT {COLUMNS} {walk}", values), (f"SELECT opened_at, id {walk}", values)


def _merged(cameras: list[int], span: list[Condition], size: int, way: Way) -> tuple[Statement, Statement]:
    """The first alerts of several cameras that many others stand beside, and their positions.

    One walk for each camera, along its index alone, then the rows of the first of all: to take the rows with it would
    read each camera's whole page.
    """
    (where, values), first, wanted = _joined(span), f"{way.order()} LIMIT {size}", "unnest(%s::bigint[])"
    each = f"SELECT opened_at, id FROM alert WHERE camera_id = wanted.camera AND {where} {first}"
    positions = f"SELECT found.* FROM {wanted} AS wanted (camera) CROSS JOIN LATERAL ({each}) AS found {first}"
    # The conditions again, which tell the planner the months.
    row = f"SELECT {COLUMNS} FROM alert WHERE opened_at = place.opened_at AND id = place.id AND {where} LIMIT 1"
    alerts = f"SELECT whole.* FROM ({positions}) AS place CROSS JOIN LATERAL ({row}) AS whole {way.order('place.')}"
    return (alerts, [cameras, *values, *values]), (positions, [cameras, *values])


def _joined(conditions: Sequence[Condition]) -> tuple[str, list[object]]:
    texts = ["TRUE", *(text for text, _ in conditions)]
    return " AND ".join(texts), [value for _, some in conditions for value in some]
