"""A database that is damaged or gone: what is sound is saved, sequences grow on."""

from pathlib import Path

import pytest
from kept_visits import QUOTA, waiting
from moved_clock import MovedClock
from visit_reports import closing

from edge.alerts import last_boot
from edge.alerts.outbox import Outbox

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
        assert 40 <= len(waiting(Outbox(path, QUOTA, clock))) <= 51

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
