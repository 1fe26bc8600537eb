"""Dead letters are kept for their time, within a bound of room and of number; the newest stay."""

from datetime import UTC, datetime, timedelta

import pytest
from peewee import PostgresqlDatabase

from hub.store import dead_letters
from hub.store.dead_letters import Letter

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAYS = timedelta(days=90)


def keep(count: int, *, size: int = 10, age: timedelta = timedelta()) -> None:
    topic = "watchpost/v1/door/visit"
    dead_letters.keep([Letter(NOW - age, topic, b"x" * size, f"number {number}") for number in range(count)])


def kept() -> list[str]:
    return [letter.reason for letter in reversed(dead_letters.listing(1000))]


def test_a_backlog_of_tens_of_thousands_is_kept(database: PostgresqlDatabase) -> None:
    keep(30_000)
    assert dead_letters.prune(NOW, DAYS) == 0
    assert dead_letters.count() == 30_000


def test_what_is_past_its_time_goes(database: PostgresqlDatabase) -> None:
    keep(2, age=DAYS + timedelta(seconds=1))
    keep(3)
    assert dead_letters.prune(NOW, DAYS) == 2
    assert len(kept()) == 3


@pytest.mark.parametrize(("name", "bound"), [("LIMIT_BYTES", 3 * 1000), ("LIMIT", 3)])
def test_beyond_a_bound_the_newest_stay(
    database: PostgresqlDatabase, monkeypatch: pytest.MonkeyPatch, name: str, bound: int
) -> None:
    monkeypatch.setattr(dead_letters, name, bound)
    keep(5, size=1000)
    assert dead_letters.prune(NOW, DAYS) == 2
    assert kept() == ["number 2", "number 3", "number 4"]
    assert dead_letters.prune(NOW, DAYS) == 0
