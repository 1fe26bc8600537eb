"""A visit that is said again: a picture that found no room is taken then, a smaller copy of one that is kept never."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from peewee import PostgresqlDatabase

from edge.wire.messages import Visit
from hub.ingest.commit import Committer
from hub.ingest.sorting import Incoming, PlacedVisit, Sorted
from hub.store import alerts
from hub.store.segments import SegmentFiles

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FULL, HALVED, BEST = b"a whole picture", b"half of it", b"the best shot"


class Hub:
    """Takes one visit again and again."""

    def __init__(self, place: Path) -> None:
        self._files = SegmentFiles(place)

    def hears(self, picture: bytes, *, closed: bool, score: float = 0.7, room: bool = True) -> None:
        closed_at = NOW + timedelta(seconds=5) if closed else None
        box, digest = (1.0, 2.0, 3.0, 4.0), sha256(picture).digest()
        visit = Visit(UUID(int=1), "1", NOW, closed_at, 1, score, box, picture, digest, 0)
        batch = Sorted([PlacedVisit("door", 1, visit, Incoming("watchpost/v1/door/visit", b"", NOW))])
        committer = Committer(self._files, reserve_bytes=0 if room else 2**62)
        assert committer.commit(batch, NOW) is room
        committer.close()

    def picture(self) -> bytes:
        found = alerts.one(UUID(int=1))
        assert found is not None
        return self._files.read(found.place, bytes(found.picture_sha256 or b"")) if found.place else b""


@pytest.fixture
def hub(database: PostgresqlDatabase, tmp_path: Path) -> Hub:
    return Hub(tmp_path)


@pytest.mark.parametrize("closed", [False, True])
def test_a_smaller_copy_replaces_nothing(hub: Hub, closed: bool) -> None:
    hub.hears(FULL, closed=closed)
    hub.hears(HALVED, closed=closed)
    assert hub.picture() == FULL


def test_the_closings_best_shot_replaces_the_openings(hub: Hub) -> None:
    hub.hears(FULL, closed=False)
    hub.hears(BEST, closed=True, score=0.6)
    assert hub.picture() == BEST
    hub.hears(FULL, closed=False)
    assert hub.picture() == BEST


def test_a_best_shot_that_found_no_room_comes_later_and_once(hub: Hub) -> None:
    hub.hears(FULL, closed=False)
    hub.hears(BEST, closed=True, score=0.6, room=False)
    assert hub.picture() == FULL
    hub.hears(BEST, closed=True, score=0.6)
    assert hub.picture() == BEST
    hub.hears(HALVED, closed=True, score=0.6)
    assert hub.picture() == BEST


def test_a_closing_whose_picture_was_given_up_leaves_the_openings(hub: Hub) -> None:
    hub.hears(FULL, closed=False)
    hub.hears(b"", closed=True, score=0.6)
    hub.hears(b"", closed=True, score=0.6)
    assert hub.picture() == FULL
