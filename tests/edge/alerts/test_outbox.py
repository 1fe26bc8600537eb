"""The outbox loses nothing that it was given and keeps nothing that the hub has: by example, by crash, by full disk."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest
from moved_clock import MovedClock
from visit_reports import JPEG, closing, opening

from edge.alerts.outbox import HELD_LIMIT, Outbox
from edge.wire.codec import decode
from edge.wire.messages import Committed, Visit

QUOTA = 10_000_000


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


def waiting(outbox: Outbox) -> list[Visit]:
    sequences = outbox.openings(1000) + outbox.closings(0, 1000)
    return [decode(Visit, payload) for s in sorted(sequences) if (payload := outbox.payload(s)) is not None]


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process can grow or change: what a full disk does to SQLite."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_was_put_waits_also_after_a_restart(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    report = opening()
    sequence = outbox.put(report)
    again = Outbox(path, QUOTA, clock)  # the first one is not closed: a crash
    (visit,) = waiting(again)
    assert (visit.visit_id, visit.sequence, visit.picture) == (report.visit_id, sequence, JPEG)
    assert visit.box == (10, 20, 30, 40)


def test_sequences_only_grow_across_restarts_and_deletions(path: Path, clock: MovedClock) -> None:
    given: list[int] = []
    for _ in range(3):
        outbox = Outbox(path, QUOTA, clock)
        for _ in range(3):
            report = closing()
            given.append(outbox.put(report))
            outbox.delete([Committed(report.visit_id, given[-1])])
        outbox.close()
    assert given == list(range(1, 10))


def test_a_closing_takes_the_place_of_an_unsent_opening(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    report = opening()
    outbox.put(report)
    sequence = outbox.put(closing(report.visit_id))
    (visit,) = waiting(outbox)
    assert visit.sequence == sequence
    assert visit.closed_at is not None


def test_an_answered_opening_waits_no_more_and_its_closing_does(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    report = opening()
    first = outbox.put(report)
    outbox.delete([Committed(report.visit_id, first)])
    assert waiting(outbox) == []
    assert outbox.figures().length == 0
    second = outbox.put(closing(report.visit_id))
    outbox.delete([Committed(report.visit_id, first)])  # the hub repeats itself
    assert [visit.sequence for visit in waiting(outbox)] == [second]
    outbox.delete([Committed(report.visit_id, second)])
    assert waiting(outbox) == []


def test_a_late_ack_of_the_opening_never_deletes_the_closing(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    report = opening()
    first = outbox.put(report)
    second = outbox.put(closing(report.visit_id))
    outbox.delete([Committed(report.visit_id, first), Committed(closing().visit_id, second)])
    assert [visit.sequence for visit in waiting(outbox)] == [second]


def test_openings_are_listed_apart_and_closings_after_a_cursor(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    sequences = [outbox.put(closing()) for _ in range(5)]
    fresh = outbox.put(opening())
    assert outbox.openings(10) == [fresh]
    assert outbox.closings(0, 3) == sequences[:3]
    assert outbox.closings(sequences[2], 3) == sequences[3:]


def test_visits_of_a_dead_process_are_closed_when_it_was_last_alive(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    answered, unanswered = opening(at=clock.wall()), opening(at=clock.wall())
    outbox.delete([Committed(answered.visit_id, outbox.put(answered))])
    outbox.put(unanswered)
    clock.move(60)
    outbox.note_alive()
    clock.move(3600)
    again = Outbox(path, QUOTA, clock)
    assert again.close_abandoned() == 2
    closed = waiting(again)
    assert {visit.visit_id for visit in closed} == {answered.visit_id, unanswered.visit_id}
    assert {visit.closed_at.timestamp() for visit in closed if visit.closed_at} == {answered.opened_at + 60}
    assert again.close_abandoned() == 0


def answered(outbox: Outbox, *, picture: bytes = JPEG) -> UUID:
    """A closed visit that the hub has."""
    report = closing(picture=picture)
    outbox.delete([Committed(report.visit_id, outbox.put(report))])
    return report.visit_id


def test_what_the_hub_has_waits_no_more_and_is_offered_again_once_when_it_lost_it(
    path: Path, clock: MovedClock
) -> None:
    outbox, recall = Outbox(path, QUOTA, clock), uuid4()
    had = {answered(outbox) for _ in range(3)}
    assert waiting(outbox) == []
    assert outbox.figures().length == 0
    assert outbox.offer_again(recall) == 3
    assert {visit.visit_id for visit in waiting(outbox)} == had
    outbox.delete([Committed(visit.visit_id, visit.sequence) for visit in waiting(outbox)])
    assert outbox.offer_again(recall) == 0
    assert Outbox(path, QUOTA, clock).offer_again(recall) == 0
    assert Outbox(path, QUOTA, clock).offer_again(uuid4()) == 3


def test_what_the_hub_has_is_kept_for_days_and_never_longer(path: Path) -> None:
    clock = MovedClock(1_800_000_000.0)
    outbox = Outbox(path, QUOTA, clock, spare_s=100.0)
    answered(outbox)
    clock.move(101)
    young = answered(outbox)
    assert outbox.offer_again(uuid4()) == 1
    assert [visit.visit_id for visit in waiting(outbox)] == [young]


def test_a_clock_that_was_not_set_makes_nothing_old(path: Path) -> None:
    clock = MovedClock(0.0)
    outbox = Outbox(path, QUOTA, clock, spare_s=100.0)
    answered(outbox)
    clock.move(1_800_000_000)
    answered(outbox)
    assert outbox.offer_again(uuid4()) == 2


def test_what_the_hub_has_takes_a_quarter_of_the_quota(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, 40_000, clock)
    newest = [answered(outbox, picture=bytes(1000)) for _ in range(20)][-5:]
    assert 5 <= outbox.offer_again(uuid4()) <= 9
    assert [visit.visit_id for visit in waiting(outbox)][-5:] == newest


def test_a_device_may_be_told_to_keep_nothing_that_was_sent(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock, spare_s=0.0)
    answered(outbox)
    assert outbox.offer_again(uuid4()) == 0
    assert waiting(outbox) == []


def test_what_the_hub_has_makes_room_before_anything_is_lost(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, 20_000, clock)
    for _ in range(4):
        answered(outbox, picture=bytes(1000))
    for _ in range(14):
        outbox.put(closing(picture=bytes(1000)))
    assert len(waiting(outbox)) == 14
    assert (outbox.figures().pictures_dropped, outbox.figures().visits_dropped) == (0, 0)
    assert outbox.offer_again(uuid4()) < 4


def test_a_full_quota_drops_pictures_of_the_oldest_closed_visits_first(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, 10_000, clock)
    still_open = opening(picture=bytes(3000))
    outbox.put(still_open)
    for _ in range(4):
        outbox.put(closing(picture=bytes(2000)))
    pictures = [len(visit.picture) for visit in waiting(outbox)]
    assert pictures == [3000, 0, 2000, 2000, 2000]
    figures = outbox.figures()
    assert (figures.pictures_dropped, figures.visits_dropped, figures.length) == (1, 0, 5)
    assert figures.size_bytes <= 10_000


def test_a_full_quota_halves_pictures_before_it_drops_any(path: Path, clock: MovedClock) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    jpeg = cv2.imencode(".jpg", noise)[1].tobytes()
    outbox = Outbox(path, 12 * len(jpeg), clock)
    for _ in range(20):
        outbox.put(closing(picture=jpeg))
    sizes = [len(visit.picture) for visit in waiting(outbox)]
    figures = outbox.figures()
    assert len(sizes) == 20
    assert figures.pictures_shrunk >= 8
    assert (figures.pictures_dropped, figures.visits_dropped) == (0, 0)
    assert sizes == sorted(sizes)  # the oldest are the small ones
    oldest = waiting(outbox)[0]
    assert cv2.imdecode(np.frombuffer(oldest.picture, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (120, 160)
    assert oldest.box == (11 / 2, 21 / 2, 31 / 2, 41 / 2)


def test_thirty_days_without_a_hub_are_bounded_and_told(path: Path) -> None:
    """Ten visits a day into room for a fortnight: nothing grows, everything that went is counted."""
    clock = MovedClock(1_800_000_000.0)
    noise = np.random.default_rng(1).integers(0, 255, (160, 200, 3), dtype=np.uint8)
    jpeg = cv2.imencode(".jpg", noise)[1].tobytes()
    quota = 150 * len(jpeg)
    outbox = Outbox(path, quota, clock)
    for _ in range(30 * 10):
        clock.move(86400 / 10)
        outbox.put(closing(picture=jpeg, at=clock.wall()))
    figures = outbox.figures()
    assert figures.size_bytes <= quota
    assert figures.length + figures.visits_dropped == 300
    assert figures.pictures_shrunk > 120
    assert figures.visits_dropped == 0
    assert len(waiting(outbox)[-1].picture) == len(jpeg)
    assert path.stat().st_size < 1.2 * quota + 2**21


def test_then_whole_visits_go_and_the_count_survives(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, 3_000, clock)
    sequences = [outbox.put(closing(picture=bytes(1000))) for _ in range(40)]
    left = outbox.closings(0, 100)
    figures = Outbox(path, 3_000, clock).figures()
    assert left == sequences[-len(left) :]
    assert figures.visits_dropped == 40 - len(left)
    assert figures.size_bytes <= 3_000


def test_open_visits_are_kept_whatever_the_quota(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, 1_000, clock)
    for _ in range(3):
        outbox.put(opening(picture=bytes(2000)))
    assert len(waiting(outbox)) == 3
    assert outbox.figures().visits_dropped == 0


def test_a_picture_too_large_for_the_wire_stays_behind(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    outbox.put(closing(picture=bytes(2 * 1024 * 1024 + 1)))
    (visit,) = waiting(outbox)
    assert visit.picture == b""


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


def test_a_file_that_is_no_database_is_moved_aside(path: Path, clock: MovedClock) -> None:
    path.write_bytes(b"not a database at all" * 100)
    outbox = Outbox(path, QUOTA, clock)
    outbox.put(closing())
    assert len(waiting(outbox)) == 1
    assert path.with_name("outbox.db.damaged").read_bytes().startswith(b"not a database")


def test_sequences_grow_on_when_the_database_is_lost(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    last = [outbox.put(closing()) for _ in range(5)][-1]
    outbox.close()
    path.write_bytes(b"gone")
    assert Outbox(path, QUOTA, clock).put(closing()) > last


def test_visits_in_sound_pages_are_saved_from_a_damaged_file(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    for _ in range(50):
        outbox.put(closing(picture=bytes(20_000)))
    outbox.close()
    content = bytearray(path.read_bytes())
    content[-8192:] = b"\xff" * 8192
    path.write_bytes(content)
    again = Outbox(path, QUOTA, clock)
    assert 40 <= len(waiting(again)) <= 50
    assert again.put(closing()) > 50


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a file system needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


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


def fill(folder: Path, but_for: int = 0) -> None:
    """Somebody else takes all that is free, but for some bytes."""
    with (folder / "other").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    os.truncate(folder / "other", (folder / "other").stat().st_size - but_for)


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


def test_the_file_is_for_its_owner_only(path: Path, clock: MovedClock) -> None:
    Outbox(path, QUOTA, clock).put(closing())
    assert {p.stat().st_mode & 0o077 for p in path.parent.iterdir()} == {0}


def test_kill_9_loses_nothing_and_doubles_nothing(path: Path, clock: MovedClock) -> None:
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from visit_reports import closing, opening
        from edge.clock import SystemClock
        from edge.alerts.outbox import Outbox
        outbox = Outbox(Path(sys.argv[1]), 10**9, SystemClock())
        while True:
            report = opening()
            outbox.put(report)
            outbox.put(closing(report.visit_id))
            print(report.visit_id, flush=True)
    """)
    script = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n{script}"
    command = [sys.executable, "-c", script, str(path)]
    promised: list[UUID] = []
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            promised += [UUID(process.stdout.readline().strip()) for _ in range(20)]
            process.send_signal(signal.SIGKILL)
            promised += [UUID(line.strip()) for line in process.stdout if line.endswith("\n")]
    kept = [visit.visit_id for visit in waiting(Outbox(path, 10**9, clock))]
    assert len(kept) == len(set(kept))
    assert set(promised) <= set(kept)
    assert len(kept) <= len(promised) + 3


def test_a_reader_beside_it_sees_the_rows(path: Path, clock: MovedClock) -> None:
    Outbox(path, QUOTA, clock).put(closing())
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        assert connection.execute("SELECT count(*) FROM visit").fetchone() == (1,)
