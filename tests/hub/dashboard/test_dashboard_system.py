"""The hub's own health as the overview shows it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.dashboard import system_views
from hub.store.keeping import Limits
from hub.store.models import Process
from hub.store.processes import IngestFacts, JobsFacts
from hub.system import SystemState, Trouble

NOW = datetime(2026, 3, 14, 15, tzinfo=UTC)
GB = 10**9


def state(**values: Any) -> SystemState:
    alive = [Process(name=kind, kind=kind, seen_at=NOW, started_at=NOW, facts={}) for kind in ("ingest", "jobs")]
    ingest = [IngestFacts(free_bytes=300 * GB, total_bytes=400 * GB)]
    jobs = JobsFacts(picture_bytes=20 * GB, database_bytes=10**6)
    base: dict[str, Any] = {"processes": alive, "ingest": ingest, "jobs": jobs, "broker": "", "dead_letters": 0}
    return SystemState(**{**base, "troubles": [], **values})


def verdicts(given: SystemState) -> dict[str, str]:
    return {part["label"]: part["tone"] for part in system_views.parts(given, NOW)}


def test_all_is_well() -> None:
    assert set(verdicts(state()).values()) == {"ok"}
    assert system_views.troubles(state()) == []


def test_what_is_wrong_is_told_apart() -> None:
    silent = Process(name="ingest", kind="ingest", seen_at=NOW - timedelta(minutes=1), started_at=NOW, facts={})
    assert verdicts(state(processes=[silent])) == {
        "Web and database": "ok",
        "Ingest": "bad",
        "Broker": "none",
        "Jobs": "bad",
    }
    assert verdicts(state(broker="connection refused"))["Broker"] == "bad"
    guard = Process(name="guard", kind="guard", seen_at=NOW - timedelta(minutes=1), started_at=NOW, facts={})
    assert verdicts(state(processes=[guard]))["Guard of the broker"] == "bad"
    (item,) = system_views.troubles(state(troubles=[Trouble("broker_lost", "No broker.")]))
    assert (item["tone"], item["title"], item["text"]) == ("bad", "The hub", "No broker.")


@pytest.mark.parametrize(("free", "tone"), [(300, ""), (40, "warn"), (4, "bad")])
def test_a_disk_that_fills_up_is_told_in_time(free: int, tone: str) -> None:
    room = system_views.room(state(ingest=[IngestFacts(free_bytes=free * GB, total_bytes=400 * GB)]))
    assert room
    assert room.tone == tone


def test_where_nobody_tells_of_a_disk_there_is_none() -> None:
    assert system_views.room(state(ingest=[IngestFacts()])) is None


def test_how_long_the_room_lasts() -> None:
    facts = dict(system_views.storage(state(), NOW - timedelta(days=10), NOW))
    assert facts == {"Pictures": "20.0 GB", "Database": "1.0 MB", "At this pace room for": "149 more days"}
    assert len(system_views.storage(state(), NOW - timedelta(hours=2), NOW)) == 2
    assert len(system_views.storage(state(), None, NOW)) == 2


def test_how_long_things_are_kept() -> None:
    said = dict(system_views.keeping(Limits(alert_days=90, picture_days=1, picture_gb=1500)))
    assert said == {"Alerts are kept": "90 days", "Pictures are kept": "1 day, up to 1,500 GB"}
    assert dict(system_views.keeping(Limits()))["Alerts are kept"] == "for ever"
