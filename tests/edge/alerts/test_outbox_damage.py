"""A database that is damaged or gone: what is sound is saved, sequences grow on."""

import sqlite3
from contextlib import closing as closing_file
from pathlib import Path

import pytest
from full_disk import full_disk
from kept_visits import QUOTA, waiting
from moved_clock import MovedClock
from visit_reports import closing, opening

from edge.alerts import last_boot
from edge.alerts import outbox as outbox_module
from edge.alerts import outbox_rows as rows
from edge.alerts.outbox import Outbox
from edge.alerts.salvage import salvaged
from edge.wire.messages import Committed

PAGE = 4096


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


def filled(path: Path, clock: MovedClock, count: int = 50) -> None:
    outbox = Outbox(path, QUOTA, clock)
    for _ in range(count):
        outbox.put(closing(picture=bytes(20_000)))
    outbox.close()


def damage_in_the_middle(path: Path) -> None:
    """What a dead block of the disk does; of a list of visits, for that is where it shows at once."""
    content = bytearray(path.read_bytes())
    with closing_file(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'visit_waiting'").fetchone()
    content[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)
    path.write_bytes(content)


def test_a_dead_page_costs_only_the_visits_in_it(path: Path, clock: MovedClock, tmp_path: Path) -> None:
    filled(path, clock)
    sound, saved = path.read_bytes(), []
    for number in range(2, len(sound) // PAGE, 5):  # all but the schema and the root that leads to all visits
        lame = tmp_path / str(number) / "outbox.db"
        lame.parent.mkdir()
        lame.write_bytes(sound[: number * PAGE] + bytes(PAGE) + sound[(number + 1) * PAGE :])
        keys = [row[0] for row in salvaged(lame, rows.LISTINGS, rows.ROW, -1)]
        assert keys == sorted(set(keys))
        saved.append(len(keys))
    assert min(saved) >= 40
    assert sum(saved) / len(saved) > 48


def test_saving_that_was_cut_short_goes_on_at_the_next_start(
    path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "SAVING_S", -1.0)
    filled(path, clock)
    damage_in_the_middle(path)
    kept: list[int] = []
    for _ in range(3):
        outbox = Outbox(path, QUOTA, clock)  # the one before is not closed: it was killed
        waits = waiting(outbox)
        kept.append(len(waits))
        assert len({visit.visit_id for visit in waits}) == len(waits)
    assert kept == [8, 16, 24]
    answered = waits[0]
    outbox.delete([Committed(answered.visit_id, answered.sequence)])
    new = outbox.put(closing())
    assert new > 50
    for _ in range(5):
        outbox.retry()
    assert [visit.sequence for visit in waiting(outbox)] == [*range(2, 51), new]
    assert {p.name for p in path.parent.glob("*.damaged")} == {"outbox.db.damaged"}
    assert not list(path.parent.glob("*.salvaging"))


def test_saving_waits_for_a_disk_that_is_full(path: Path, clock: MovedClock) -> None:
    filled(path, clock)
    damage_in_the_middle(path)
    path.with_name("outbox.db.reserve").unlink()
    with full_disk():
        outbox = Outbox(path, QUOTA, clock)
        outbox.put(closing())
        outbox.retry()
        assert len(waiting(outbox)) == 1
    outbox.retry()
    assert len(waiting(outbox)) == 51
    assert path.with_name("outbox.db.damaged").exists()


def test_abandoned_visits_are_closed_once_they_are_saved_and_no_others(
    path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "SAVING_S", -1.0)
    before = Outbox(path, QUOTA, clock)
    for _ in range(20):
        before.put(opening())
    before.close()
    damage_in_the_middle(path)
    outbox = Outbox(path, QUOTA, clock)
    assert len(outbox.openings(100)) == 8
    assert outbox.close_abandoned() == 8
    ours = outbox.put(opening())
    for _ in range(3):
        outbox.retry()
    assert outbox.openings(100) == [ours]
    assert len(outbox.closings(0, 100)) == 20


class TestAfterAPowerCut:
    """The file's last page is damaged where nobody looks by himself: only reading all of it shows that."""

    @pytest.fixture(autouse=True)
    def boots(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        boot_id = tmp_path / "boot_id"
        boot_id.write_text("first\n")
        monkeypatch.setattr(last_boot, "BOOT_ID", boot_id)
        return boot_id

    @pytest.fixture
    def died(self, path: Path, clock: MovedClock) -> Outbox:
        """One whose process has ended in the middle; what it left is damaged."""
        filled(path, clock)
        outbox = Outbox(path, QUOTA, clock)
        outbox.note_alive()
        outbox.put(closing(picture=bytes(20_000)))
        content = bytearray(path.read_bytes())
        content[-PAGE:] = b"\xff" * PAGE
        path.write_bytes(content)
        return outbox

    def looked_through(self, path: Path, clock: MovedClock) -> bool:
        Outbox(path, QUOTA, clock)
        return path.with_name("outbox.db.damaged").exists()

    def test_the_whole_file_is_checked(self, died: Outbox, path: Path, clock: MovedClock, boots: Path) -> None:
        boots.write_text("second\n")
        assert self.looked_through(path, clock)
        assert 50 <= len(waiting(Outbox(path, QUOTA, clock))) <= 51

    def test_the_death_of_a_process_is_none(self, died: Outbox, path: Path, clock: MovedClock) -> None:
        assert not self.looked_through(path, clock)

    def test_nor_is_an_orderly_end(self, died: Outbox, path: Path, clock: MovedClock, boots: Path) -> None:
        died.close()
        boots.write_text("second\n")
        assert not self.looked_through(path, clock)

    def test_where_boots_cannot_be_told_apart_it_is_checked(
        self, died: Outbox, path: Path, clock: MovedClock, boots: Path
    ) -> None:
        boots.unlink()
        assert self.looked_through(path, clock)
