"""Jobs are done when they are due, once; the months ahead are there."""

from datetime import UTC, datetime
from pathlib import Path

from peewee import PostgresqlDatabase

from hub.housekeeping import Housekeeping
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
