"""The history of devices' health: minutes of a day, quarters of a month, never more, and means that are right."""

from datetime import UTC, datetime, timedelta

import pytest
from peewee import PostgresqlDatabase
from people import approved_device

from hub.store import health_history
from hub.store.models import HealthSample

NOW = datetime(2026, 12, 1, 12, 7, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOTHING: dict[str, float | None] = dict.fromkeys(health_history.MEASURES)


@pytest.fixture(autouse=True)
def door(database: PostgresqlDatabase) -> None:
    approved_device("door")
    approved_device("gate")


def test_a_minute_counts_once(database: PostgresqlDatabase) -> None:
    for second, percent in ((1, 10.0), (59, 30.0)):
        health_history.add("door", NOW.replace(second=second), {**NOTHING, "cpu_percent": percent})
    (row,) = health_history.of_device("door", NOW - MINUTE, NOW, 60)
    assert (row["at"], row["cpu_percent"], row["temperature_c"]) == (NOW.replace(second=0), 30.0, None)


def test_thinning_keeps_the_means_and_the_month(database: PostgresqlDatabase) -> None:
    for minutes in range(0, 27 * 60, 15):
        health_history.add("door", NOW - minutes * MINUTE, {**NOTHING, "cpu_percent": 50.0, "lag_ms": float(minutes)})
    health_history.add("door", NOW - timedelta(days=31), {**NOTHING, "cpu_percent": 1.0})
    since = NOW.replace(minute=0, second=0) - timedelta(hours=26)
    before = health_history.of_device("door", since, NOW, 3600)
    for _ in range(2):
        health_history.thin(NOW)
        assert health_history.of_device("door", since, NOW, 3600) == before
    spans = {span for (span,) in HealthSample.select(HealthSample.span_s).distinct().tuples()}
    assert spans == {60, 900}
    assert HealthSample.select().where(HealthSample.at < NOW - timedelta(days=30)).count() == 0
    assert health_history.of_device("gate", NOW - timedelta(days=1), NOW, 3600) == []


def test_some_devices_at_once(database: PostgresqlDatabase) -> None:
    health_history.add("door", NOW, {**NOTHING, "cpu_percent": 1.0})
    health_history.add("gate", NOW, {**NOTHING, "cpu_percent": 2.0})
    found = health_history.of_devices(["door", "gate", "none"], NOW - timedelta(hours=1), NOW + MINUTE, 1800)
    means = {name: [row["cpu_percent"] for row in rows] for name, rows in found.items()}
    assert means == {"door": [1.0], "gate": [2.0]}


@pytest.mark.parametrize(("days", "step_s"), [(0.1, 60), (1, 300), (2, 900), (10, 3600), (30, 10800), (4000, 86400)])
def test_as_fine_as_one_answer_holds(days: float, step_s: int) -> None:
    assert health_history.step_for(timedelta(days=days)) == step_s
