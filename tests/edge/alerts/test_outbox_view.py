"""An outbox looked at from outside: what is in it is told without its pictures in memory."""

import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing as closed
from contextlib import contextmanager
from pathlib import Path

import pytest
from moved_clock import MovedClock
from visit_reports import closing

from edge.alerts.outbox import Outbox
from edge.alerts.outbox_view import OutboxCount, count, view
from edge.device.selftest import check_outbox

PICTURE, VISITS = 1_000_000, 24


@pytest.fixture
def large(path: Path, clock: MovedClock) -> Path:
    """An outbox of a device that has not reached its hub for a while."""
    outbox = Outbox(path, 2 * VISITS * PICTURE, clock)
    for _ in range(VISITS):
        outbox.put(closing(picture=bytes(PICTURE)))
    outbox.close()
    return path


@contextmanager
def at_most(limit_bytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit_bytes
    finally:
        tracemalloc.stop()


def test_all_of_it_is_seen_a_picture_at_a_time(large: Path) -> None:
    with at_most(6 * PICTURE):
        found = view(large)
    assert [visit.picture_bytes for visit in found.waiting] == VISITS * [PICTURE]


def test_the_self_test_counts_without_looking_at_pictures(large: Path) -> None:
    with at_most(PICTURE):
        assert check_outbox(large.parent) == f"{VISITS} visits wait"


def test_a_row_that_cannot_be_read_is_counted(large: Path) -> None:
    with closed(sqlite3.connect(large)) as connection, connection:
        connection.execute("UPDATE visit SET payload = x'00' WHERE sequence = 3")
    found = view(large)
    assert (len(found.waiting), found.damaged) == (VISITS - 1, 1)


def test_before_there_is_an_outbox(path: Path) -> None:
    assert count(path) == OutboxCount()
    path.touch()
    assert count(path) == OutboxCount()
