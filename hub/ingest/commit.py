"""A sorted batch becomes durable: pictures first, then rows and dead letters in one transaction."""

import errno
from collections.abc import Sequence
from datetime import datetime

import structlog
from peewee import DataError, IntegrityError

from hub.ingest.sorting import PlacedVisit, Sorted, letter, merged
from hub.store import dead_letters
from hub.store.dead_letters import Letter
from hub.store.models import database
from hub.store.partitions import Months
from hub.store.pictures import PictureStore, Place
from hub.store.visits import VisitRow, store_visits

RESERVE_BYTES = 500 * 1024 * 1024
FULL = (errno.ENOSPC, errno.EDQUOT)
log = structlog.get_logger(__name__)


class Committer:
    """Owns the picture segment of one ingest process; one thread."""

    def __init__(self, pictures: PictureStore, reserve_bytes: int = RESERVE_BYTES) -> None:
        self._pictures = pictures
        self._writer = pictures.writer()
        self._months = Months()
        self._reserve_bytes = reserve_bytes
        self._shedding = False
        self._shed = 0

    @property
    def shedding(self) -> bool:
        """Whether there is no room for pictures now: devices keep theirs meanwhile."""
        return self._shedding

    @property
    def shed(self) -> int:
        """How often a picture found no room; its device offers it again."""
        return self._shed

    def commit(self, batch: Sorted, now: datetime) -> bool:
        """When this returns the batch is on the disk; on peewee's or the disk's errors nothing of it is in a table.

        False when there was no room for its pictures: the alerts are there without, and only `batch.withheld()` may be
        answered, else the devices would forget the pictures as well.
        """
        visits = merged(batch.visits)
        places = self._write_pictures([placed.visit.picture for placed in visits])
        self._months.ensure((placed.visit.opened_at for placed in visits), now)
        rows = [_row(placed, place) for placed, place in zip(visits, places, strict=True)]
        try:
            _store(rows, batch.letters)
        except (DataError, IntegrityError):
            refused = [left for placed, row in zip(visits, rows, strict=True) if (left := _store_one(placed, row))]
            _store([], [*batch.letters, *refused])
        return not self._shedding

    def close(self) -> None:
        """Give the segment up."""
        self._writer.close()

    def _write_pictures(self, pictures: Sequence[bytes]) -> Sequence[Place | None]:
        """Where the pictures lie; nowhere for one that its device had to give up. On a disk that is almost full they
        are shed, so that alerts still have room."""
        real = [picture for picture in pictures if picture]
        if not real:
            return [None] * len(pictures)
        places = self._appended(real) if self._has_room() else None
        if (places is None) != self._shedding:
            self._shedding = places is None
            log.error("disk full: pictures stay on their devices") if self._shedding else log.warning(
                "pictures are taken again"
            )
        if places is None:
            self._shed += len(real)
        found = iter(places or ())
        return [next(found, None) if picture else None for picture in pictures]

    def _has_room(self) -> bool:
        room = self._pictures.room()
        return room is None or room.free >= self._reserve_bytes

    def _appended(self, pictures: Sequence[bytes]) -> Sequence[Place] | None:
        try:
            return self._writer.append(pictures)
        except OSError as error:
            if error.errno not in FULL:
                raise
            return None


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
