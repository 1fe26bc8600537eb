"""A look at an outbox from another process or thread: read-only, beside the agent that owns it.

Never more than one visit's picture is in memory: an outbox may hold more of them than a small device has memory.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from edge.alerts.outbox_rows import COUNTERS
from edge.errors import WatchpostError
from edge.wire.codec import decode
from edge.wire.errors import WireError
from edge.wire.messages import Visit

ALL = "SELECT payload, answered FROM visit ORDER BY sequence"
WAITING = "SELECT count(*) FROM visit WHERE answered = 0"
MADE = "SELECT 1 FROM sqlite_master WHERE name = 'counter'"


class OutboxUnreadable(WatchpostError):
    """There is an outbox, but it cannot be read."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One visit as the outbox has it; of its picture the size alone."""

    sequence: int
    visit_id: UUID
    camera: str
    opened_at: datetime
    closed_at: datetime | None
    score: float
    picture_bytes: int


@dataclass(frozen=True, slots=True)
class OutboxView:
    """What waits, oldest first; visits that the hub has, but which are still open; how many are kept all the same.

    `damaged`: rows that cannot be read. The last three: what was given up for want of room.
    """

    waiting: tuple[Kept, ...] = ()
    still_open: tuple[Kept, ...] = ()
    spare: int = 0
    damaged: int = 0
    pictures_dropped: int = 0
    visits_dropped: int = 0
    pictures_shrunk: int = 0


@dataclass(frozen=True, slots=True)
class OutboxCount:
    """How many visits wait, and how many were given up for want of room."""

    waiting: int = 0
    visits_dropped: int = 0


def view(path: Path) -> OutboxView:
    """The outbox in a file, empty if there is none yet; OutboxUnreadable when it is damaged."""
    with _reading(path) as connection:
        if connection is None:
            return OutboxView()
        visits = [(_kept(payload), answered) for payload, answered in connection.execute(ALL)]
        counters = _counters(connection)
    return OutboxView(
        waiting=tuple(visit for visit, answered in visits if visit is not None and not answered),
        still_open=tuple(v for v, answered in visits if v is not None and answered and v.closed_at is None),
        spare=sum(answered and v is not None and v.closed_at is not None for v, answered in visits),
        damaged=sum(visit is None for visit, _ in visits),
        pictures_dropped=counters.get("pictures_dropped", 0),
        visits_dropped=counters.get("visits_dropped", 0),
        pictures_shrunk=counters.get("pictures_shrunk", 0),
    )


def count(path: Path) -> OutboxCount:
    """The figures of an outbox without reading its visits; OutboxUnreadable when the file is no database."""
    with _reading(path) as connection:
        if connection is None:
            return OutboxCount()
        (waiting,) = connection.execute(WAITING).fetchone()
        return OutboxCount(waiting, _counters(connection).get("visits_dropped", 0))


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection to the file, None if there is no outbox in it yet."""
    if not path.exists():
        yield None
        return
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5)) as connection:
            yield connection if connection.execute(MADE).fetchone() else None
    except sqlite3.Error as error:
        raise OutboxUnreadable(f"{path}: {error}") from None


def _counters(connection: sqlite3.Connection) -> dict[str, int]:
    return {str(name): int(value) for name, value in connection.execute(COUNTERS)}


def _kept(payload: bytes) -> Kept | None:
    try:
        visit = decode(Visit, payload)
    except WireError:
        return None
    return Kept(
        sequence=visit.sequence,
        visit_id=visit.visit_id,
        camera=visit.camera,
        opened_at=visit.opened_at,
        closed_at=visit.closed_at,
        score=visit.score,
        picture_bytes=len(visit.picture),
    )
