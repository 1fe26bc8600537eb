"""A sorted batch becomes durable: pictures first, then rows and dead letters in one transaction."""

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog
from peewee import DataError, IntegrityError

from hub.ingest.sorting import PlacedVisit, Sorted, letter, merged
from hub.store import dead_letters
from hub.store.dead_letters import Letter
from hub.store.models import database
from hub.store.partitions import Months
from hub.store.segments import Place, SegmentWriter
from hub.store.visits import VisitRow, store_visits

RESERVE_BYTES = 500 * 1024 * 1024
log = structlog.get_logger(__name__)


class Committer:
    """Owns the picture files of one ingest process; one thread."""

    def __init__(self, pictures: Path, reserve_bytes: int = RESERVE_BYTES) -> None:
        self._pictures = pictures
        self._segments = SegmentWriter(pictures)
        self._months = Months()
        self._reserve_bytes = reserve_bytes
        self._shedding = False

    def commit(self, batch: Sorted, now: datetime) -> None:
        """When this returns the batch is on the disk; on peewee's or the disk's errors nothing of it is in a table."""
        visits = merged(batch.visits)
        places = self._write_pictures([placed.visit.picture for placed in visits])
        self._months.ensure((placed.visit.opened_at for placed in visits), now)
        rows = [_row(placed, place) for placed, place in zip(visits, places, strict=True)]
        try:
            _store(rows, batch.letters)
        except (DataError, IntegrityError):
            refused = [left for placed, row in zip(visits, rows, strict=True) if (left := _store_one(placed, row))]
            _store([], [*batch.letters, *refused])

    def close(self) -> None:
        """Give the picture file up."""
        self._segments.close()

    def _write_pictures(self, pictures: Sequence[bytes]) -> Sequence[Place | None]:
        """Where the pictures lie. On a disk that is almost full they are shed, so that alerts still have room."""
        room = shutil.disk_usage(self._pictures).free >= self._reserve_bytes
        if room == self._shedding:
            self._shedding = not room
            log.warning("pictures are kept again") if room else log.error("disk almost full: pictures are not kept")
        return self._segments.append(pictures) if room else [None] * len(pictures)


def _store(rows: Sequence[VisitRow], letters: Sequence[Letter]) -> None:
    if not letters:  # a single statement is a transaction of its own: two round trips less
        store_visits(rows)
        return
    with database.atomic():
        store_visits(rows)
        dead_letters.keep(letters)


def _store_one(placed: PlacedVisit, row: VisitRow) -> Letter | None:
    """Store one visit of a batch that the database refused; the letter if it is this one that it refuses."""
    try:
        store_visits([row])
    except (DataError, IntegrityError) as error:
        return letter(placed.message, f"the database refuses it: {str(error).strip().splitlines()[0]}")
    return None


def _row(placed: PlacedVisit, place: Place | None) -> VisitRow:
    visit = placed.visit
    return VisitRow(
        id=visit.visit_id,
        opened_at=visit.opened_at,
        closed_at=visit.closed_at,
        received_at=placed.message.received_at,
        camera_id=placed.camera_id,
        device_id=placed.device_id,
        faces=visit.faces,
        score=visit.score,
        box=visit.box,
        place=place,
        picture_sha256=visit.picture_sha256 if place else None,
    )
