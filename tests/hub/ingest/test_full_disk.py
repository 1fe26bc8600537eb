"""A disk that is really full: alerts stay, new pictures and then the oldest ones give way, and somebody is told."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from peewee import PostgresqlDatabase
from small_disk import small_disk_at

from edge.wire.messages import Visit
from hub.housekeeping import Housekeeping
from hub.ingest.commit import Committer
from hub.ingest.pulse import Pulse
from hub.ingest.sorting import Incoming, PlacedVisit, Sorted
from hub.store import alerts, listing
from hub.store.keeping import Limits
from hub.store.segments import SegmentFiles
from hub.system import system_state

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MB = 1024 * 1024
PICTURE = 200_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SegmentFiles]:
    """Eight megabytes, in segments of one."""
    with small_disk_at(tmp_path / "disk", "8m") as place:
        yield SegmentFiles(place, segment_bytes=MB)


def batch(first: int, count: int) -> Sorted:
    made = Sorted()
    for number in range(first, first + count):
        picture = Random(number).randbytes(PICTURE)
        box, digest = (1.0, 2.0, 3.0, 4.0), sha256(picture).digest()
        visit = Visit(UUID(int=number), "1", NOW, None, 1, 0.9, box, picture, digest, number)
        made.visits.append(PlacedVisit("door", 1, visit, Incoming("watchpost/v1/door/visit", b"", NOW)))
    return made


def kept() -> list[int]:
    """The alerts that have their picture, each read and checked."""
    return sorted(row.id.int for row in listing.page(listing.Wanted(), 200, None).rows if row.place is not None)


def test_writes_that_fail_cost_pictures_and_never_an_alert(
    database: PostgresqlDatabase, small_disk: SegmentFiles
) -> None:
    committer = Committer(small_disk, reserve_bytes=0)
    for first in range(1, 61, 5):
        committer.commit(batch(first, 5), NOW)
    assert len(listing.page(listing.Wanted(), 200, None).rows) == 60
    assert committer.shedding
    assert kept() == list(range(1, 61 - committer.shed))
    for number in kept():
        row = alerts.one(UUID(int=number))
        assert row is not None
        assert row.place is not None
        assert row.picture_sha256 is not None
        assert small_disk.read(row.place, row.picture_sha256) == Random(number).randbytes(PICTURE)
    committer.close()
    pulse = Pulse(small_disk)
    pulse.note(pictures_kept=not committer.shedding)
    pulse.beat()
    told = system_state(datetime.now(UTC))
    assert "pictures_shed" in [trouble.what for trouble in told.troubles]
    assert told.ingest[0].free_bytes is not None
    assert told.ingest[0].free_bytes < MB


def test_the_oldest_pictures_give_way_before_new_ones_are_given_up(
    database: PostgresqlDatabase, small_disk: SegmentFiles
) -> None:
    keeper = Housekeeping(database, small_disk, Limits(), reserve_bytes=MB)
    committer = Committer(small_disk, reserve_bytes=MB)
    for first in range(1, 101, 5):
        committer.commit(batch(first, 5), NOW)
        keeper.keep_reserve()
    committer.close()
    assert committer.shed == 0
    assert len(listing.page(listing.Wanted(), 200, None).rows) == 100
    newest = kept()
    assert newest == list(range(101 - len(newest), 101))
    assert len(newest) >= 20
    keeper.beat(datetime.now(UTC))
    assert "pictures_forgotten" in [trouble.what for trouble in system_state(datetime.now(UTC)).troubles]
