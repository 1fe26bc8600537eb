"""Listings of alerts, page by page, beside what Python makes of the same rows."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peewee import PostgresqlDatabase

from hub.store import alerts, listing
from hub.store.listing import NEWEST_FIRST, OLDEST_FIRST, Position, Wanted, Way
from hub.store.partitions import Months, month_of
from hub.store.visits import VisitRow, store_visits

MONTHS = [datetime(2026, month, 1, tzinfo=UTC) for month in (6, 9, 10)]
AROUND = [
    timedelta(),
    *(sign * span for sign in (1, -1) for span in (timedelta(microseconds=1), timedelta(hours=3), timedelta(days=1))),
    timedelta(days=1, microseconds=1),
    timedelta(days=12),
]
ROWS = [
    VisitRow(
        id=UUID(int=number * 7919 % 257),
        opened_at=month + beside,
        closed_at=None,
        received_at=month + beside,
        camera_id=1 + number % 4,
        device_id=f"device-{number % 3}",
        faces=1,
        score=number % 10 / 10,
        box=(1.0, 2.0, 3.0, 4.0),
        place=None,
        picture_sha256=None,
    )
    for number, (month, beside, _) in enumerate(product(MONTHS, AROUND, range(6)))
]
TIMES = st.none() | st.sampled_from(sorted({row.opened_at for row in ROWS}))
WANTED = st.builds(
    Wanted,
    camera_ids=st.none() | st.frozensets(st.integers(1, 5)),
    device_id=st.none() | st.sampled_from(["device-0", "device-1"]),
    since=TIMES,
    until=TIMES,
    min_score=st.none() | st.sampled_from([0.0, 0.5, 0.9]),
    acknowledged=st.none() | st.booleans(),
)


@pytest.fixture
def seen(database: PostgresqlDatabase) -> set[UUID]:
    """The rows are stored; which of them somebody has acknowledged."""
    Months().ensure((row.opened_at for row in ROWS), max(row.opened_at for row in ROWS))
    store_visits(ROWS)
    return set(alerts.acknowledge_many([row.id for row in ROWS[::5]], None, "ann", ""))


def test_pages_show_what_is_wanted_once_and_in_order(seen: set[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    assert {month_of(row.opened_at) for row in ROWS} > set(MONTHS)
    for name, value in {"STRETCH": 40, "SCATTERED": 10, "GLANCE": 2, "FEW": 2}.items():  # through several stretches
        monkeypatch.setattr(listing, name, value)

    @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(wanted=WANTED, limit=st.integers(1, 30), way=st.sampled_from([NEWEST_FIRST, OLDEST_FIRST]))
    def pages(wanted: Wanted, limit: int, way: Way) -> None:
        assert listed(wanted, limit, way) == expected(wanted, seen)[:: 1 if way is NEWEST_FIRST else -1]

    pages()


def listed(wanted: Wanted, limit: int, way: Way) -> list[UUID]:
    found, after = list[UUID](), None
    while True:
        page = listing.page(wanted, limit, after, way)
        found += [row.id for row in page.rows]
        assert page.next is None or after is None or (earlier(page.next, after) == (way is NEWEST_FIRST))
        after = page.next
        if after is None:
            return found


def earlier(one: Position, other: Position) -> bool:
    return (one.opened_at, one.id) < (other.opened_at, other.id)


def expected(wanted: Wanted, seen: set[UUID]) -> list[UUID]:
    def passes(row: VisitRow) -> bool:
        return (
            (wanted.camera_ids is None or row.camera_id in wanted.camera_ids)
            and (wanted.device_id is None or row.device_id == wanted.device_id)
            and (wanted.since is None or row.opened_at >= wanted.since)
            and (wanted.until is None or row.opened_at < wanted.until)
            and (wanted.min_score is None or row.score >= wanted.min_score)
            and (wanted.acknowledged is None or (row.id in seen) == wanted.acknowledged)
        )

    newest_first = sorted(ROWS, key=lambda row: (row.opened_at, row.id), reverse=True)
    return [row.id for row in newest_first if passes(row)]
