"""Jobs are done when they are due, once; the months ahead are there."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from peewee import PostgresqlDatabase

from hub.errors import NotFound
from hub.housekeeping import HOUR_S, Housekeeping
from hub.jobs import Job, run_due
from hub.store.keeping import Limits
from hub.store.partitions import existing_months
from hub.store.segments import SegmentFiles

NOW = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)


def test_each_job_in_its_time() -> None:
    done: list[str] = []
    jobs = [Job("often", 1.0, lambda _: done.append("often")), Job("seldom", 10.0, lambda _: done.append("seldom"))]
    for second in range(12):
        run_due(jobs, float(second), NOW)
    assert done.count("often") == 12
    assert done.count("seldom") == 2


def test_months_are_made_ahead(database: PostgresqlDatabase, tmp_path: Path) -> None:
    run_due(Housekeeping(database, SegmentFiles(tmp_path), Limits(), 1).jobs(), 1.0, NOW)
    assert {(2026, 12), (2027, 1)} <= {(month.year, month.month) for month in existing_months()}


def test_a_job_that_fails_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    tries: list[float] = []

    def fail(_now: datetime) -> None:
        tries.append(second)
        raise (OSError("no bucket") if len(tries) < 3 else NotFound("no camera 7"))

    jobs = [Job("sizes", HOUR_S, fail), Job("leases", 1.0, lambda _: done.append("leases"))]
    for second in range(150):
        run_due(jobs, float(second), NOW)
    assert done.count("leases") == 150
    assert tries == [0, 60, 120]
    assert "sizes" in caplog.text
    assert "no bucket" in caplog.text
    with_traceback = [one for one in caplog.records if one.exc_info or "Traceback" in str(one.msg)]
    assert len(with_traceback) == 1  # of what was not expected


def test_a_job_that_fails_is_due_again_when_it_would_have_been() -> None:
    tries: list[datetime] = []

    def fail(now: datetime) -> None:
        tries.append(now)
        raise ValueError("a surprise")

    jobs = [Job("leases", 1.0, fail)]
    for second in range(5):
        run_due(jobs, float(second), NOW)
    assert len(tries) == 5
