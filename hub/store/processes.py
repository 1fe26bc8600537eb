"""What the processes of the hub say of themselves: how the web process knows of ingest, its broker, jobs and guard."""

from datetime import UTC, datetime, timedelta
from socket import gethostname
from typing import TypeVar

import msgspec
from peewee import fn

from hub.store import rows
from hub.store.models import Process

BEAT_S = 5.0
SILENT = timedelta(seconds=20)
FORGOTTEN = timedelta(days=1)
F = TypeVar("F", bound="IngestFacts | JobsFacts")


class IngestFacts(msgspec.Struct, frozen=True):
    """How an ingest process does; counts are since its start, `lag_s` is from reading a message to its commit."""

    broker_trouble: str = ""
    pictures_kept: bool = True
    visits: int = 0
    letters: int = 0
    batches: int = 0
    bytes: int = 0
    pictures_shed: int = 0
    lag_s: float = 0.0
    free_bytes: int | None = None
    total_bytes: int | None = None


class JobsFacts(msgspec.Struct, frozen=True):
    """What the jobs last measured: bytes of pictures and of the database, and what gave way to a full disk; which of
    them failed at their last try."""

    picture_bytes: int = 0
    picture_segments: int = 0
    database_bytes: int = 0
    segments_shed: int = 0
    failing: tuple[str, ...] = ()


def of_this_machine(
    kind: str, started_at: datetime, facts: "IngestFacts | JobsFacts | None" = None, member: str = ""
) -> Process:
    """What a process here has to say now; `member`: which of a group, e.g. `.2`."""
    name = f"{kind}{member}@{gethostname()[:100]}"
    said = msgspec.to_builtins(facts) if facts else {}
    return Process(name=name, kind=kind, started_at=started_at, seen_at=datetime.now(UTC), facts=said)


def beat(process: Process) -> None:
    """Say that a process lives, and how it does."""
    values = {name: getattr(process, name) for name in ("name", "kind", "started_at", "seen_at", "facts")}
    kept = [Process.started_at, Process.seen_at, Process.facts]
    Process.insert(values).on_conflict(conflict_target=[Process.name], preserve=kept).execute()


def of_kind(kind: str) -> list[Process]:
    """Every process of a kind that is remembered, by name."""
    return rows.models(Process.select().where(Process.kind == kind).order_by(Process.name), Process)


def facts_of(process: Process, kind: type[F]) -> F:
    """What it said; what another version of the program says beyond that, or not at all, does not matter."""
    return msgspec.convert(process.facts, kind)


def is_silent(process: Process, now: datetime) -> bool:
    """Whether it has missed its beats."""
    return bool(now - process.seen_at > SILENT)


def forget_silent(now: datetime) -> int:
    """Forget processes that have not been seen for a day while another of their kind was; how many."""
    other = Process.alias()
    replaced = other.select().where(other.kind == Process.kind, other.seen_at >= now - FORGOTTEN)
    return int(Process.delete().where(Process.seen_at < now - FORGOTTEN, fn.EXISTS(replaced)).execute())  # type: ignore[misc]
