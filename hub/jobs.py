"""What happens by the clock: leases end, months are made ready, what is too old or too much is forgotten."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import structlog
from peewee import InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded, PooledPostgresqlDatabase

from hub.auth.limits import LEAKED
from hub.media import leases
from hub.store import attempts, commands, dead_letters, health_history, retention
from hub.store.partitions import Months, month_of, next_month
from hub.store.picture_lock import pictures_to_change

TICK_S = 1.0
MINUTE_S, QUARTER_S, HOUR_S = 60.0, 900.0, 3600.0
GB = 1024**3
DEAD_LETTERS_FOR = timedelta(days=90)
TROUBLE = (OperationalError, InterfaceError, MaxConnectionsExceeded, OSError)
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Job:
    """Something to do every so often; it is handed the time."""

    name: str
    every_s: float
    work: Callable[[datetime], object]
    due_at: float = field(default=0.0)


def all_jobs(database: PooledPostgresqlDatabase, pictures: Path, keep_days: int, keep_bytes: int) -> list[Job]:
    """Everything there is to do; 0 keeps for ever, or all."""
    months = Months()

    def make_months(now: datetime) -> None:
        months.ensure([now, next_month(month_of(now))], now)

    def forget(now: datetime) -> None:
        if keep_days:
            retention.forget_alerts(now - timedelta(days=keep_days))
        with pictures_to_change(database) as free:  # else somebody makes a backup; the next hour will do
            if free and keep_bytes:
                retention.forget_pictures(pictures, keep_bytes)
            if free:
                retention.compact(pictures)

    return [
        Job("leases", TICK_S, leases.sweep),
        Job("months", MINUTE_S, make_months),
        Job("retention", HOUR_S, forget),
        Job("attempts", MINUTE_S, lambda now: attempts.prune(now, LEAKED)),
        Job("commands", MINUTE_S, commands.forget),
        Job("health history", QUARTER_S, health_history.thin),
        Job("dead letters", HOUR_S, lambda now: dead_letters.prune(now, DEAD_LETTERS_FOR)),
    ]


def run(database: PooledPostgresqlDatabase, jobs: list[Job], stop: Event) -> None:
    """Do what is due until told to stop; what fails for want of a database is tried again at the next tick."""
    while not stop.is_set():
        try:
            with database.connection_context():
                run_due(jobs, time.monotonic(), datetime.now(UTC))
        except TROUBLE as error:
            log.warning("jobs wait", reason=str(error).strip().split("\n", 1)[0])
            database.close_all()
        stop.wait(TICK_S)


def run_due(jobs: list[Job], now_s: float, now: datetime) -> None:
    """Do what is due, each once."""
    for job in jobs:
        if now_s >= job.due_at:
            job.work(now)
            job.due_at = now_s + job.every_s
