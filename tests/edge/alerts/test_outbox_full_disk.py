"""A disk that takes no more: visits wait in memory, nothing is lost that there is room for anywhere."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from full_disk import full_disk
from kept_visits import QUOTA, answered, waiting
from moved_clock import MovedClock
from small_disk import small_disk_at
from visit_reports import closing, opening

from edge.alerts.outbox import HELD_LIMIT, Outbox
from edge.wire.messages import Committed


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB."""
    with small_disk_at(tmp_path / "disk", "64m") as folder:
        yield folder


def fill(folder: Path, but_for: int = 0) -> None:
    """Somebody else takes all that is free, but for some bytes."""
    with (folder / "other").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    os.truncate(folder / "other", (folder / "other").stat().st_size - but_for)


def test_a_full_disk_holds_visits_in_memory_until_it_has_room(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    outbox.put(closing())
    with full_disk():
        held = opening()
        sequence = outbox.put(held)
        trouble = outbox.figures().trouble
        assert [visit.sequence for visit in waiting(outbox)] == [1, sequence]
    assert trouble
    assert len(waiting(Outbox(path, QUOTA, clock))) == 1
    outbox.retry()
    assert outbox.figures().trouble == ""
    assert len(waiting(Outbox(path, QUOTA, clock))) == 2


def test_what_is_held_is_bounded_and_the_loss_counted(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    outbox.put(closing())
    with full_disk():
        for _ in range(HELD_LIMIT + 5):
            outbox.put(closing())
    figures = outbox.figures()
    assert (figures.visits_dropped, figures.length) == (5, HELD_LIMIT + 1)


def test_a_held_visit_that_the_hub_has_is_forgotten(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    outbox.put(closing())
    with full_disk():
        report = closing()
        sequence = outbox.put(report)
        outbox.delete([Committed(report.visit_id, sequence)])
        assert outbox.figures().trouble == ""
        assert outbox.payload(sequence) is None


def test_a_visit_whose_closing_was_only_held_is_not_left_open(path: Path, clock: MovedClock) -> None:
    """The hub has the closing, the disk never had it: its opening on the disk must go, now or when the disk lets it."""
    outbox = Outbox(path, QUOTA, clock)
    report = opening()
    outbox.delete([Committed(report.visit_id, outbox.put(report))])
    with full_disk():
        sequence = outbox.put(closing(report.visit_id))
        assert not outbox.delete([Committed(report.visit_id, sequence)])
        assert waiting(outbox) == []
    outbox.retry()
    assert Outbox(path, QUOTA, clock).close_abandoned() == 0


def test_nor_when_others_have_filled_the_disk(small_disk: Path, clock: MovedClock) -> None:
    outbox = Outbox(small_disk / "outbox.db", 10**9, clock)
    report = opening(picture=bytes(100_000))
    outbox.delete([Committed(report.visit_id, outbox.put(report))])
    fill(small_disk)
    sequence = outbox.put(closing(report.visit_id, picture=bytes(100_000)))
    assert "visits wait in memory" in outbox.figures().trouble
    assert outbox.delete([Committed(report.visit_id, sequence)])
    assert (outbox.figures().trouble, outbox.figures().length) == ("", 0)
    assert outbox.close_abandoned() == 0


def test_it_starts_on_a_disk_that_takes_nothing(path: Path, clock: MovedClock) -> None:
    with full_disk():
        outbox = Outbox(path, QUOTA, clock)
        outbox.put(closing())
        assert len(waiting(outbox)) == 1
    outbox.retry()
    assert len(waiting(Outbox(path, QUOTA, clock))) == 1


def test_a_small_disk_is_never_filled_and_one_that_others_fill_still_works(small_disk: Path, clock: MovedClock) -> None:
    outbox = Outbox(small_disk / "outbox.db", 10**9, clock)
    sent = [closing(picture=bytes(100_000)) for _ in range(1000)]
    pairs = [Committed(report.visit_id, outbox.put(report)) for report in sent]
    assert shutil.disk_usage(small_disk).free > 8_000_000
    assert outbox.figures().pictures_dropped > 100
    fill(small_disk)
    report = closing(picture=bytes(100_000))
    pairs.append(Committed(report.visit_id, outbox.put(report)))
    assert "others have filled the disk" in outbox.figures().trouble
    assert outbox.figures().length == 1001
    assert len(outbox.closings(0, 2000)) == 1001
    assert all(outbox.delete(pairs[start : start + 50]) for start in range(0, 1001, 50))
    assert outbox.figures().length == 0
    (small_disk / "other").unlink()
    outbox.retry()
    assert (small_disk / "outbox.db.reserve").stat().st_size > 1_000_000


def test_a_disk_that_others_fill_for_a_while_costs_nothing(small_disk: Path, clock: MovedClock) -> None:
    outbox = Outbox(small_disk / "outbox.db", 10**9, clock)
    pictures = [bytes([number]) * 100_000 for number in range(120)]
    for picture in pictures[:60]:
        outbox.put(closing(picture=picture))
    fill(small_disk)
    for picture in pictures[60:]:
        outbox.put(closing(picture=picture))
    assert "visits wait in memory" in outbox.figures().trouble
    assert [visit.picture for visit in waiting(outbox)] == pictures
    (small_disk / "other").unlink()
    outbox.retry()
    figures = outbox.figures()
    assert (figures.trouble, figures.length, figures.pictures_dropped, figures.visits_dropped) == ("", 120, 0, 0)
    assert [visit.picture for visit in waiting(Outbox(small_disk / "outbox.db", 10**9, clock))] == pictures


def test_a_disk_that_stays_full_costs_old_pictures_and_never_a_visit(small_disk: Path, clock: MovedClock) -> None:
    outbox = Outbox(small_disk / "outbox.db", 10**9, clock)
    for _ in range(60):
        outbox.put(closing(picture=bytes(100_000)))
    fill(small_disk, but_for=4_000_000)
    for _ in range(HELD_LIMIT + 40):
        outbox.put(closing(picture=bytes(100_000)))
    figures = outbox.figures()
    assert (figures.length, figures.visits_dropped) == (60 + HELD_LIMIT + 40, 0)
    assert figures.pictures_dropped > 0
    assert waiting(outbox)[-1].picture == bytes(100_000)


def test_a_disk_that_others_fill_costs_nothing_that_waits_while_there_is_spare(
    small_disk: Path, clock: MovedClock
) -> None:
    outbox = Outbox(small_disk / "outbox.db", 10**9, clock)
    for _ in range(10):
        answered(outbox, picture=bytes(100_000))
    reports = [opening(picture=bytes(100_000)) for _ in range(5)]
    for report in reports:
        outbox.put(report)
    fill(small_disk)
    for report in reports:
        outbox.put(closing(report.visit_id, picture=bytes(100_000)))
    assert [len(visit.picture) for visit in waiting(outbox)] == [100_000] * 5
    assert outbox.figures().trouble == ""
    assert outbox.offer_again(uuid4()) >= 4


class TestStart:
    """After an orderly end, on a disk that has been filled since: SQLite needs room to open its file."""

    @pytest.fixture
    def left_open(self, small_disk: Path, clock: MovedClock) -> Path:
        path = small_disk / "outbox.db"
        before = Outbox(path, QUOTA, clock)
        before.put(opening(at=clock.wall()))
        before.put(closing())
        before.close()
        clock.move(3600)
        fill(small_disk)
        return path

    def test_the_reserve_lets_it_read(self, left_open: Path, clock: MovedClock) -> None:
        outbox = Outbox(left_open, QUOTA, clock)
        assert outbox.close_abandoned() == 1
        assert len(outbox.closings(0, 10)) == 2

    def test_without_one_abandoned_visits_are_closed_once_there_is_room(
        self, left_open: Path, clock: MovedClock
    ) -> None:
        left_open.with_name("outbox.db.reserve").unlink()
        fill(left_open.parent)
        outbox = Outbox(left_open, QUOTA, clock)
        assert outbox.close_abandoned() == 0
        ours = outbox.put(opening())
        (left_open.parent / "other").unlink()
        outbox.retry()
        assert outbox.openings(10) == [ours]
        assert {visit.closed_at.timestamp() for visit in waiting(outbox) if visit.closed_at} == {1_000_000.0, 1005.0}
