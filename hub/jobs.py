"""What happens by the clock: leases end, months are made ready, what is too old or too much is forgotten."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

import structlog
from playhouse.pool import PooledPostgresqlDatabase

from hub.store.db import TROUBLE
from hub.store.errors import first_line

TICK_S = 1.0
RETRY_S = 60.0
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Job:
    """Something to do every so often; it is handed the time."""

    name: str
    every_s: float
    work: Callable[[datetime], object]
    due_at: float = field(default=0.0)
    fails: bool = field(default=False)


def run(database: PooledPostgresqlDatabase, jobs: list[Job], stop: Event) -> None:
    """Do what is due until told to stop; without a database all wait for the next tick."""
    while not stop.is_set():
        try:
            with database.connection_context():
                run_due(jobs, time.monotonic(), datetime.now(UTC))
        except TROUBLE as error:
            log.warning("jobs wait", reason=first_line(error))
            database.close_all()
        stop.wait(TICK_S)


def run_due(jobs: list[Job], now_s: float, now: datetime) -> None:
    """Do what is due, each once; one that fails holds up no other and is tried again within a minute."""
    for job in jobs:
        if now_s >= job.due_at:
            job.fails = not _attempt(job, now)
            job.due_at = now_s + (min(job.every_s, RETRY_S) if job.fails else job.every_s)


def _attempt(job: Job, now: datetime) -> bool:
    """Whether it worked."""
    try:
        job.work(now)
    except TROUBLE as error:
        log.error("a job fails", job=job.name, reason=first_line(error))
        return False
    except Exception:
        log.exception("a job fails", job=job.name)
        return False
    return True
