"""The durable queue of visits: on disk before anyone hears of them, waiting until the hub has committed them.

One row per visit, its latest message: a closing replaces its opening, sent or not, because it says all that the opening
said; the hub takes the two in any order. An opening that the hub has answered stays, unsent, until the visit closes,
so that visits which were open when the process died can still be closed. A closing that the hub has answered is spare:
kept a while for the day on which the hub comes back from a backup that does not know of it, and the first to make room.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar
from uuid import UUID

from edge.alerts import outbox_rows as rows
from edge.alerts.database import Corruption, Database, DiskTrouble
from edge.alerts.salvage import salvaged
from edge.alerts.sequence import Sequence
from edge.alerts.visit_message import message_of
from edge.clock import Clock
from edge.values import VisitReport
from edge.wire.codec import decode, encode
from edge.wire.errors import WireError
from edge.wire.messages import Committed, Visit

log = logging.getLogger(__name__)
T = TypeVar("T")

HELD_LIMIT, HELD_BYTES = 256, 24 * 1024 * 1024
KEPT_BACK_BYTES = 16 * 1024 * 1024
SPARE_SHARE = 4
SPARE_S = 72 * 3600.0
SAVED_AT_ONCE, SAVING_S = 8, 3.0
"""Visits of a damaged file in one commit; and how long to save them before others have their turn."""


@dataclass(frozen=True, slots=True)
class OutboxFigures:
    """What waits: messages, their bytes, the oldest's UTC seconds; what was given up; what is wrong now."""

    length: int
    size_bytes: int
    oldest_at: float | None
    pictures_dropped: int
    visits_dropped: int
    trouble: str
    pictures_shrunk: int = 0


class Outbox:
    """Any thread may put, one sends and deletes; every call takes the one lock for as long as its commit lasts."""

    def __init__(self, path: Path, quota_bytes: int, clock: Clock, spare_s: float = SPARE_S) -> None:
        self._lock = RLock()
        self._quota_bytes = quota_bytes
        self._spare = rows.Spare(quota_bytes // SPARE_SHARE if spare_s > 0 else 0, spare_s)
        self._clock = clock
        self._held: dict[UUID, Visit] = {}
        self._held_dropped = 0
        self._answered: set[tuple[int, bytes]] = set()
        self._trouble = ""
        self._open: set[UUID] = set()
        self._some_abandoned = False
        self._database = Database(path, rows.SCHEMA)
        self._sequence = Sequence(path.with_name(f"{path.name}.sequence"))
        if "sequence" in (counters := self._counters()):
            self._sequence.resume(int(counters["sequence"]))
        self._died_at = counters.get("alive_at")
        self._save_more()

    def put(self, report: VisitReport) -> int:
        """Keep a visit's opening or closing and return its sequence; it is on the disk when this returns.

        When the disk refuses, the visit is held in memory, sent from there and written as soon as the disk takes it;
        `figures().trouble` says so meanwhile. Beyond HELD_LIMIT or HELD_BYTES the oldest are written after all, where
        what is on the disk can make room, else dropped; whatever is given up is counted.
        """
        with self._lock:
            visit = message_of(report, self._sequence.next())
            if visit.closed_at is None:
                self._open.add(visit.visit_id)
            else:
                self._open.discard(visit.visit_id)
            self._held[visit.visit_id] = visit
            self._write_held()
            return visit.sequence

    def retry(self) -> None:
        """Do what the disk refused before, and go on with what takes long; call it every few seconds."""
        with self._lock:
            self._save_more()
            if self._some_abandoned:
                self.close_abandoned()
            self._write_held()
            self._write_answers()
            self._database.keep_reserve()

    def openings(self, limit: int) -> list[int]:
        """Sequences of waiting openings, oldest first."""
        with self._lock:
            held = [visit.sequence for visit in self._held.values() if visit.closed_at is None]
            return sorted([*(row[0] for row in self._read(rows.OPENINGS, limit)), *held])[:limit]

    def closings(self, after: int, limit: int) -> list[int]:
        """Sequences of waiting closings greater than `after`, oldest first."""
        with self._lock:
            held = [v.sequence for v in self._held.values() if v.closed_at is not None and v.sequence > after]
            return sorted([*(row[0] for row in self._read(rows.CLOSINGS, after, limit)), *held])[:limit]

    def payload(self, sequence: int) -> bytes | None:
        """The encoded message, None when it no longer waits."""
        with self._lock:
            for visit in self._held.values():
                if visit.sequence == sequence:
                    return encode(visit)
            found = self._read(rows.PAYLOAD, sequence)
            return found[0][0] if found else None

    def delete(self, committed: Iterable[Committed]) -> bool:
        """Send no more what the hub has committed; False when the disk refused and it will be sent again."""
        pairs = {(item.sequence, item.visit_id.bytes) for item in committed}
        with self._lock:
            for visit in [v for v in self._held.values() if (v.sequence, v.visit_id.bytes) in pairs]:
                del self._held[visit.visit_id]
            self._answered |= pairs
            return self._write_answers()

    def offer_again(self, recall: UUID) -> int:
        """Send all that the hub once had and is still here, because the hub says, under this mark, that it lost some.

        How many visits: 0 when this recall was obeyed before. The hub knows those that it still has by their ids.
        """
        offered: list[int] = []
        with self._lock:
            self._write(lambda connection: offered.append(rows.offer_again(connection, recall.bytes)))
        return offered[-1] if offered else 0

    def note_alive(self) -> None:
        """Remember that the open visits were still watched now; call it every minute."""
        with self._lock:
            if self._read(rows.OPEN + " LIMIT 1"):
                self._write(partial(rows.note_alive, now=self._clock.wall()))

    def close_abandoned(self) -> int:
        """Close the visits that a dead process left open, when it was last known alive; how many there were.

        Those that cannot be read yet are closed by a later `retry`.
        """
        with self._lock:
            self._some_abandoned = True
            try:
                found = self._soundly(lambda: self._database.read(rows.OPEN))
            except DiskTrouble as error:
                self._note(str(error))
                return 0
            self._some_abandoned = self._database.aside.exists()
            if self._died_at is None:
                self._died_at = self._counters().get("alive_at", 0.0)
            alive_at = datetime.fromtimestamp(self._died_at, UTC)
            left = [visit for row in found if (visit := _decoded(row[0])) is not None]
            left = [visit for visit in left if visit.visit_id not in self._open | self._held.keys()]
            for visit in left:
                closed_at = max(alive_at, visit.opened_at)
                self._held[visit.visit_id] = replace(visit, closed_at=closed_at, sequence=self._sequence.next())
            self._write_held()
            return len(left)

    def figures(self) -> OutboxFigures:
        """What waits and what was given up."""
        with self._lock:
            length, size, oldest = (self._read(rows.FIGURES) or [(0, 0, None)])[0]
            counters = self._counters()
            return OutboxFigures(
                length=length + len(self._held),
                size_bytes=size,
                oldest_at=oldest,
                pictures_dropped=int(counters.get("pictures_dropped", 0)),
                visits_dropped=int(counters.get("visits_dropped", 0)) + self._held_dropped,
                trouble=self._trouble,
                pictures_shrunk=int(counters.get("pictures_shrunk", 0)),
            )

    def close(self) -> None:
        """Write what is held, at the price of older pictures, if the disk lets us, and close the file."""
        with self._lock:
            self._write_held(patient=False)
            self._database.close()

    def _write_held(self, patient: bool = True) -> None:
        for visit in list(self._held.values()):
            if not self._write(partial(self._store, visit=visit, patient=patient and not self._holds_too_much)):
                break
            del self._held[visit.visit_id]
            self._note("")
        while self._holds_too_much:
            del self._held[next(iter(self._held))]
            self._held_dropped += 1

    def _write_answers(self) -> bool:
        pairs, now = sorted(self._answered), self._clock.wall()
        if pairs and not self._write(lambda connection: rows.answer(connection, pairs, self._spare, now)):
            return False
        self._answered.clear()
        return True

    @property
    def _holds_too_much(self) -> bool:
        many = len(self._held) > HELD_LIMIT
        return many or sum(len(visit.picture) for visit in self._held.values()) > HELD_BYTES

    def _store(
        self, connection: sqlite3.Connection, visit: Visit, answered: bool = False, patient: bool = False
    ) -> None:
        room = rows.Room(self._quota_bytes, self._database.free_bytes(KEPT_BACK_BYTES), patient)
        rows.store(connection, visit, self._clock.wall(), room, answered)

    def _write(self, change: Callable[[sqlite3.Connection], None]) -> bool:
        try:
            self._soundly(lambda: self._database.write(change))
        except DiskTrouble as error:
            self._note(str(error))
            return False
        self._note("" if not self._held else self._trouble)
        return True

    def _read(self, query: str, *parameters: int) -> list[tuple[Any, ...]]:
        try:
            return self._soundly(lambda: self._database.read(query, parameters))
        except DiskTrouble as error:
            self._note(str(error))
            return []

    def _soundly(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except Corruption as damage:
            log.error("outbox: %s is damaged: %s", self._database.path, damage)
            self._start_anew()
            return action()

    def _start_anew(self) -> None:
        self._database.move_aside()
        self._database.write(partial(rows.note_sequence, sequence=self._sequence.last))
        self._save_on()

    def _save_more(self) -> None:
        try:
            self._soundly(self._save_on)
        except DiskTrouble as error:
            self._note(str(error))

    def _save_on(self) -> None:
        """Take over what a damaged file still gives, for a while; the next call goes on, in another process too."""
        if not self._database.aside.exists():
            return
        until_s = self._clock.monotonic() + SAVING_S
        after = int(dict(self._database.read(rows.COUNTERS)).get("saved", -1))
        with closing(salvaged(self._database.aside, rows.LISTINGS, rows.ROW, after)) as found:
            while some := list(islice(found, SAVED_AT_ONCE)):
                self._database.write(partial(self._store_saved, found=some))
                if self._clock.monotonic() > until_s:
                    return
        log.warning("outbox: saved what the damaged file gave, kept as %s", self._database.let_go())

    def _store_saved(self, connection: sqlite3.Connection, found: list[tuple[int, bytes, int]]) -> None:
        for sequence, payload, answered in found:
            visit = _decoded(payload) if isinstance(payload, bytes) else None
            if visit is not None and visit.sequence == sequence:
                self._store(connection, visit, answered=bool(answered))
        rows.note_saved(connection, found[-1][0])

    def _counters(self) -> dict[str, float]:
        return {str(name): float(value) for name, value in self._read(rows.COUNTERS)}

    def _note(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.warning("outbox: %s", trouble or "the disk takes visits again")
        self._trouble = trouble


def _decoded(payload: bytes) -> Visit | None:
    try:
        return decode(Visit, payload)
    except WireError as error:
        log.error("outbox: a visit is beyond repair: %s", error)
        return None
