"""The outbox's tables: every query of it, each function one part of its owner's transaction."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from edge.alerts.database import NoRoom
from edge.alerts.shrinking import shrunk
from edge.alerts.visit_message import without_picture
from edge.wire.codec import decode, encode
from edge.wire.errors import WireError
from edge.wire.messages import Visit

SCHEMA = """
CREATE TABLE IF NOT EXISTS visit (
  sequence INTEGER PRIMARY KEY,
  visit_id BLOB NOT NULL UNIQUE,
  closed INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  pictured INTEGER NOT NULL,
  put_at REAL NOT NULL,
  size INTEGER NOT NULL,
  payload BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS visit_waiting ON visit (answered, closed, sequence, size, put_at);
CREATE INDEX IF NOT EXISTS visit_pictured ON visit (closed, pictured, sequence);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value REAL NOT NULL);
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""
CLOCK_UNSET = 1_500_000_000.0
"""UTC seconds before which a machine's clock has not been set: such a time says nothing about age."""
BARE, WHOLE, SMALL = 0, 1, 2
"""What is left of a visit's picture, in the column `pictured`."""
MOST_SHRUNK = 4
"""So many for each message that is put: each costs some milliseconds, and one makes room for the next two."""
MOST_DROPPED = 32
"""So many for each message that is put: a transaction must fit into the little room that a full disk has left."""

FIGURES = "SELECT count(*), coalesce(sum(size), 0), min(put_at) FROM visit WHERE answered = 0"
OPENINGS = "SELECT sequence FROM visit WHERE answered = 0 AND closed = 0 ORDER BY sequence LIMIT ?"
CLOSINGS = "SELECT sequence FROM visit WHERE answered = 0 AND closed = 1 AND sequence > ? ORDER BY sequence LIMIT ?"
PAYLOAD = "SELECT payload FROM visit WHERE sequence = ? AND answered = 0"
OPEN = "SELECT payload FROM visit WHERE closed = 0 ORDER BY sequence"
LISTINGS = [
    f"SELECT sequence FROM visit {way}".format(direction)
    for way in (
        "NOT INDEXED ORDER BY sequence {0}",
        "INDEXED BY visit_waiting ORDER BY answered {0}, closed {0}, sequence {0}",
        "INDEXED BY visit_pictured ORDER BY closed {0}, pictured {0}, sequence {0}",
    )
    for direction in ("ASC", "DESC")
]
"""All sequences by each way through the file, from both of its ends: a damaged page stops one."""
ROW = "SELECT sequence, payload, answered FROM visit WHERE sequence = ?"
COUNTERS = "SELECT name, value FROM counter WHERE typeof(value) IN ('integer', 'real')"

_SPARE = "FROM visit WHERE answered = 1 AND closed = 1"
_OLDEST_SPARE = f"SELECT sequence {_SPARE} ORDER BY sequence LIMIT 1"
_PICTURED = "SELECT sequence, payload FROM visit WHERE closed = 1 AND answered = 0 AND pictured"
_OLDEST_WHOLE = f"{_PICTURED} = {WHOLE} ORDER BY sequence LIMIT 1"
_OLDEST_PICTURED = f"{_PICTURED} > {BARE} ORDER BY sequence LIMIT 1"
_OLDEST = "SELECT sequence FROM visit WHERE closed = 1 AND answered = 0 ORDER BY sequence LIMIT 1"
_ADD = "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
_RAISE = "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)"
_SET = "INSERT OR REPLACE INTO counter VALUES (?, ?)"


@dataclass(frozen=True, slots=True)
class Room:
    """What all messages together may take, and what is left for more on the disk and in the file.

    `patient`: where the disk alone is short, rather wait for others to leave it than give up what waits.
    """

    quota_bytes: int
    free_bytes: int
    patient: bool = False


@dataclass(frozen=True, slots=True)
class Spare:
    """How much of what the hub has already is kept for the day on which it lost it: bytes, and seconds since put."""

    most_bytes: int
    most_s: float


def store(connection: sqlite3.Connection, visit: Visit, now: float, room: Room, answered: bool = False) -> None:
    """Put a visit's message in the place of its former one (an opening never replaces a closing), within the room.

    NoRoom where `room` is patient and the disk too full.
    """
    key, closed, payload = visit.visit_id.bytes, visit.closed_at is not None, encode(visit)
    found = connection.execute("SELECT closed, size FROM visit WHERE visit_id = ?", (key,)).fetchone()
    was_closed, size = found or (False, 0)
    if closed or not was_closed:
        connection.execute("DELETE FROM visit WHERE visit_id = ?", (key,))
        _make_room(connection, replace(room, free_bytes=room.free_bytes + size), len(payload))
        row = (visit.sequence, key, closed, answered, bool(visit.picture), now, len(payload), payload)
        connection.execute("INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    note_sequence(connection, visit.sequence)
    note_alive(connection, now)


def note_sequence(connection: sqlite3.Connection, sequence: int) -> None:
    """Remember that all numbers up to `sequence` are used."""
    connection.execute(_RAISE, ("sequence", sequence))


def note_saved(connection: sqlite3.Connection, sequence: int) -> None:
    """Remember that all that a damaged file gives up to `sequence` is here."""
    connection.execute(_SET, ("saved", sequence))


def note_alive(connection: sqlite3.Connection, now: float) -> None:
    """Remember `now` as a moment at which the process lived."""
    connection.execute(_SET, ("alive_at", now))


def answer(connection: sqlite3.Connection, pairs: Sequence[tuple[int, bytes]], spare: Spare, now: float) -> None:
    """The hub has these (sequence, visit id): openings stay until their visit closes, closings while `spare` says.

    A message that the disk refused may be answered all the same; what is here of its visit is older, and goes.
    """
    connection.executemany("UPDATE visit SET answered = 1 WHERE sequence = ? AND visit_id = ?", pairs)
    connection.executemany("DELETE FROM visit WHERE sequence < ? AND visit_id = ?", pairs)
    old = f"DELETE {_SPARE} AND put_at BETWEEN ? AND ?"
    connection.execute(old, (CLOCK_UNSET, now - spare.most_s))
    excess = connection.execute(f"SELECT coalesce(sum(size), 0) {_SPARE}").fetchone()[0] - spare.most_bytes
    while excess > 0 and (oldest := connection.execute(_OLDEST_SPARE).fetchone()):
        excess -= _drop(connection, oldest[0])


def offer_again(connection: sqlite3.Connection, recall: bytes) -> int:
    """Let everything that is spare wait again, unless this recall was obeyed before; how many visits that are."""
    if connection.execute("SELECT 1 FROM mark WHERE name = 'recall' AND value = ?", (recall,)).fetchone():
        return 0
    connection.execute("INSERT OR REPLACE INTO mark VALUES ('recall', ?)", (recall,))
    return connection.execute("UPDATE visit SET answered = 0 WHERE answered = 1").rowcount


def _make_room(connection: sqlite3.Connection, limits: Room, needed: int) -> None:
    """First goes what the hub has, then half of each picture's size, then pictures, then visits, the oldest first."""
    stored = connection.execute("SELECT coalesce(sum(size), 0) FROM visit").fetchone()[0]
    disk = limits.free_bytes - needed
    room = min(limits.quota_bytes - stored - needed, disk)
    spares = small = pictures = visits = 0
    while room < 0 and spares < MOST_DROPPED and (oldest := connection.execute(_OLDEST_SPARE).fetchone()):
        freed = _drop(connection, oldest[0])
        room, disk = room + freed, disk + freed
        spares += 1
    if limits.patient and disk < 0:
        raise NoRoom("others have filled the disk: visits wait in memory")
    while room < 0 and small < MOST_SHRUNK and (oldest := connection.execute(_OLDEST_WHOLE).fetchone()):
        room += _shrink(connection, *oldest)
        small += 1
    most = MOST_DROPPED - spares
    while room < 0 and pictures < most and (oldest := connection.execute(_OLDEST_PICTURED).fetchone()):
        room += _drop_picture(connection, *oldest)
        pictures += 1
    while room < 0 and pictures + visits < most and (oldest := connection.execute(_OLDEST).fetchone()):
        room += _drop(connection, oldest[0])
        visits += 1
    if small or pictures or visits:
        counts = [("pictures_shrunk", small), ("pictures_dropped", pictures), ("visits_dropped", visits)]
        connection.executemany(_ADD, counts)


def _shrink(connection: sqlite3.Connection, sequence: int, payload: bytes) -> int:
    try:
        smaller = shrunk(decode(Visit, payload))
    except WireError:  # bit rot: a later step drops the row
        smaller = None
    data = payload if smaller is None else encode(smaller)
    change = f"UPDATE visit SET payload = ?, size = ?, pictured = {SMALL} WHERE sequence = ?"
    connection.execute(change, (data, len(data), sequence))
    return len(payload) - len(data)


def _drop_picture(connection: sqlite3.Connection, sequence: int, payload: bytes) -> int:
    try:
        bare = encode(without_picture(decode(Visit, payload)))
    except WireError:  # bit rot: there is no picture left to drop, only the row
        return _drop(connection, sequence)
    change = f"UPDATE visit SET payload = ?, size = ?, pictured = {BARE} WHERE sequence = ?"
    connection.execute(change, (bare, len(bare), sequence))
    return len(payload) - len(bare)


def _drop(connection: sqlite3.Connection, sequence: int) -> int:
    (size,) = connection.execute("SELECT size FROM visit WHERE sequence = ?", (sequence,)).fetchone()
    connection.execute("DELETE FROM visit WHERE sequence = ?", (sequence,))
    return cast(int, size)
