"""What devices gave up for want of room: how much they counted, and which visits it was.

The outbox counts (`pictures_dropped`, `visits_dropped`, `pictures_shrunk`) and does not say which. Triggers in its own
database do, in the transaction that gives up, so that neither can be on the disk without the other.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from uuid import UUID

TRIGGERS = """
CREATE TABLE IF NOT EXISTS given_up (visit_id BLOB NOT NULL, what TEXT NOT NULL, PRIMARY KEY (visit_id, what));
CREATE TRIGGER IF NOT EXISTS visit_gone AFTER DELETE ON visit WHEN NOT OLD.answered
  BEGIN INSERT OR IGNORE INTO given_up VALUES (OLD.visit_id, 'visit'); END;
CREATE TRIGGER IF NOT EXISTS visit_replaced AFTER INSERT ON visit
  BEGIN DELETE FROM given_up WHERE visit_id = NEW.visit_id; END;
CREATE TRIGGER IF NOT EXISTS picture_gone AFTER UPDATE OF pictured ON visit WHEN NEW.pictured = 0
  BEGIN INSERT OR IGNORE INTO given_up VALUES (NEW.visit_id, 'picture'); END;
CREATE TRIGGER IF NOT EXISTS picture_halved AFTER UPDATE OF pictured ON visit WHEN NEW.pictured = 2
  BEGIN INSERT OR IGNORE INTO given_up VALUES (NEW.visit_id, 'half a picture'); END;
"""


class What(StrEnum):
    """Of a visit."""

    VISIT = "visit"
    PICTURE = "picture"
    HALF = "half a picture"


COUNTERS = {What.VISIT: "visits_dropped", What.PICTURE: "pictures_dropped", What.HALF: "pictures_shrunk"}


@dataclass(slots=True)
class GivenUp:
    """Of one device: how many it counted of each kind, and which of each visit id."""

    counted: Mapping[What, int] = field(default_factory=dict)
    named: Mapping[str, set[What]] = field(default_factory=dict)


def name_what_is_given_up(path: Path) -> None:
    """From now on, in the outbox in this file; it is there already. Nothing where the disk is full: it was done."""
    with closing(sqlite3.connect(path, timeout=5)) as connection:
        connection.executescript(TRIGGERS)


def read(path: Path) -> GivenUp:
    """Of the outbox in this file."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
        counters = dict(connection.execute("SELECT name, value FROM counter").fetchall())
        rows = connection.execute("SELECT visit_id, what FROM given_up").fetchall()
    named: dict[str, set[What]] = {}
    for visit_id, what in rows:
        named.setdefault(str(UUID(bytes=visit_id)), set()).add(What(what))
    return GivenUp({what: int(counters.get(name, 0)) for what, name in COUNTERS.items()}, named)
