"""A look at an outbox from another process: read-only, beside the agent that owns it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from edge.errors import WatchpostError
from edge.wire.codec import decode
from edge.wire.errors import WireError
from edge.wire.messages import Visit

ALL = "SELECT payload, answered FROM visit ORDER BY sequence"
MADE = "SELECT 1 FROM sqlite_master WHERE name = 'counter'"
COUNTERS = "SELECT name, value FROM counter"


class OutboxUnreadable(WatchpostError):
    """There is an outbox, but it cannot be read."""


@dataclass(frozen=True, slots=True)
class OutboxView:
    """What waits, oldest first; visits that the hub has, but which are still open; how many are kept all the same.

    `damaged`: rows that cannot be read. The last three: what was given up for want of room.
    """

    waiting: tuple[Visit, ...] = ()
    still_open: tuple[Visit, ...] = ()
    spare: int = 0
    damaged: int = 0
    pictures_dropped: int = 0
    visits_dropped: int = 0
    pictures_shrunk: int = 0


def view(path: Path) -> OutboxView:
    """The outbox in a file, empty if there is none yet; OutboxUnreadable when it is damaged."""
    if not path.exists():
        return OutboxView()
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5)) as connection:
            if not connection.execute(MADE).fetchone():
                return OutboxView()
            rows = connection.execute(ALL).fetchall()
            counters = dict(connection.execute(COUNTERS).fetchall())
    except sqlite3.Error as error:
        raise OutboxUnreadable(f"{path}: {error}") from None
    visits = [(_visit(payload), answered) for payload, answered in rows]
    return OutboxView(
        waiting=tuple(visit for visit, answered in visits if visit is not None and not answered),
        still_open=tuple(v for v, answered in visits if v is not None and answered and v.closed_at is None),
        spare=sum(answered and v is not None and v.closed_at is not None for v, answered in visits),
        damaged=sum(visit is None for visit, _ in visits),
        pictures_dropped=int(counters.get("pictures_dropped", 0)),
        visits_dropped=int(counters.get("visits_dropped", 0)),
        pictures_shrunk=int(counters.get("pictures_shrunk", 0)),
    )


def _visit(payload: bytes) -> Visit | None:
    try:
        return decode(Visit, payload)
    except WireError:
        return None
