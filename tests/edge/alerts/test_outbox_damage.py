"""A database that is damaged or gone: what is sound is saved, sequences grow on."""

from pathlib import Path

from kept_visits import QUOTA, waiting
from moved_clock import MovedClock
from visit_reports import closing

from edge.alerts.outbox import Outbox


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
