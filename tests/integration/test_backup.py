"""A backup is only one if it can be restored: alerts, pictures, accounts and sealed addresses come back elsewhere."""

import os
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from playhouse.pool import PooledPostgresqlDatabase
from small_disk import small_disk_at

from hub.fleet.desired import desired_of
from hub.secrets import Sealer
from hub.store import alerts, drift, listing, migrate
from hub.store.db import open_database
from hub.store.embedded import EmbeddedPostgres
from hub.store.models import Camera, Device, User
from hub.store.partitions import Months
from hub.store.segments import SegmentWriter, read_picture
from hub.store.visits import VisitRow, store_visits

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROGRAM = str(Path(sys.executable).with_name("watchpost-hub"))


def run(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environ["WATCHPOST_DATA_DIR"] = str(data_dir)
    return subprocess.run([PROGRAM, *arguments], env=environ, capture_output=True, text=True, check=False)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """The data directory of a hub with a user, a camera and twenty alerts, some without picture."""
    data_dir = tmp_path / "first"
    server = EmbeddedPostgres(data_dir, die_with_parent=True)
    url = server.start()
    migrate.up(url)
    database = open_database(url)
    with database.connection_context():
        User.create(username="ann", password_hash="x", role="admin", created_at=NOW)
        Device.create(id="door", name="Door", state="approved", created_at=NOW, force_insert=True)
        sealed = Sealer.open(data_dir / "secrets").seal("rtsp://ann:secret@camera/1")
        Camera.create(name="Door", source_url_sealed=sealed, device="door", created_at=NOW, updated_at=NOW)
        Months().ensure([NOW], NOW)
        writer = SegmentWriter(data_dir / "pictures")
        store_visits([row(number, writer) for number in range(1, 21)])
        writer.close()
    database.close_all()
    server.stop()
    return data_dir


def row(number: int, writer: SegmentWriter) -> VisitRow:
    picture = b"picture %d" % number
    return VisitRow(
        id=UUID(int=number),
        opened_at=NOW,
        closed_at=None,
        received_at=NOW,
        camera_id=1,
        device_id="door",
        faces=1,
        score=0.5,
        box=(1.0, 2.0, 3.0, 4.0),
        place=writer.append([picture])[0] if number % 5 else None,
        picture_sha256=sha256(picture).digest() if number % 5 else None,
    )


def test_a_backup_comes_back_in_another_place(filled: Path, tmp_path: Path) -> None:
    file, second = tmp_path / "hub.tar", tmp_path / "second"
    done = run(filled, "backup", str(file))
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*partial"))
    done = run(second, "restore", str(file))
    assert (done.returncode, "20 alerts" in done.stdout) == (0, True), done.stderr
    server = EmbeddedPostgres(second, die_with_parent=True)
    url = server.start()
    database = open_database(url)
    try:
        assert drift.check(url) == []
        database = open_database(url)
        assert [user.username for user in User.select()] == ["ann"]
        opened = Sealer.open(second / "secrets").unseal(Camera.get().source_url_sealed)
        assert opened == "rtsp://ann:secret@camera/1"
        rows = listing.page(listing.Wanted(), 100, None).rows
        assert len(rows) == 20
        for found in rows:
            if found.place is not None and found.picture_sha256 is not None:
                picture = read_picture(second / "pictures", found.place, found.picture_sha256)
                assert picture == b"picture %d" % found.id.int
        ordinal = alerts.last_ordinal()
        writer = SegmentWriter(second / "pictures")
        store_visits([row(100, writer)])
        assert alerts.last_ordinal() > ordinal
        assert alerts.last_ordinal() > 1000 * NOW.timestamp()  # beyond any cursor that a dashboard may have
        wanted = desired_of("door", Sealer.open(second / "secrets"))
        assert wanted is not None
        assert wanted.revision > NOW.timestamp()  # beyond any revision that the device may have
        assert wanted.recall is not None
    finally:
        database.close_all()
        server.stop()


def test_a_hub_that_is_not_empty_is_not_overwritten_by_accident(filled: Path, tmp_path: Path) -> None:
    file = tmp_path / "hub.tar"
    run(filled, "backup", str(file))
    done = run(filled, "restore", str(file))
    assert (done.returncode, "not empty" in done.stderr) == (1, True)
    done = run(filled, "restore", "--replace", str(file))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "foreign"])
def test_what_is_no_backup_changes_nothing(filled: Path, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "hub.tar"
    run(filled, "backup", str(file))
    whole = file.read_bytes()
    if damage == "foreign":
        with tarfile.open(file, "w") as tar:
            tar.add(__file__, "something.py")
    else:
        file.write_bytes({"empty": b"", "text": b"hello" * 1000, "cut": whole[: len(whole) // 2]}[damage])
    done = run(filled, "restore", "--replace", str(file))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    server = EmbeddedPostgres(filled, die_with_parent=True)
    database = open_database(server.start())
    try:
        assert len(listing.page(listing.Wanted(), 100, None).rows) == 20
    finally:
        database.close_all()
        server.stop()


def test_a_restore_that_was_killed_can_be_done_again(filled: Path, tmp_path: Path) -> None:
    file, left = tmp_path / "hub.tar", filled / ".pictures.before"
    run(filled, "backup", str(file))
    left.mkdir()
    (left / "000001.seg").write_bytes(b"of the hub before")
    done = run(filled, "restore", "--replace", str(file))
    assert done.returncode == 0, done.stderr
    assert not left.exists()
    assert kept(filled) == 20


@pytest.mark.parametrize("hindrance", ["mounted", "a link"])
def test_a_folder_that_cannot_be_moved_is_told_before_the_database_is_replaced(
    filled: Path, tmp_path: Path, hindrance: str
) -> None:
    file, pictures, elsewhere = tmp_path / "hub.tar", filled / "pictures", tmp_path / "elsewhere"
    run(filled, "backup", str(file))
    pictures.rename(elsewhere)
    with ExitStack() as stack:
        if hindrance == "mounted":
            stack.enter_context(small_disk_at(pictures, "8m"))
        else:
            pictures.symlink_to(elsewhere)
        emptied(filled)
        done = run(filled, "restore", str(file))
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        assert f"{pictures} cannot be replaced" in done.stderr
        assert kept(filled) == 0


def emptied(data_dir: Path) -> None:
    """Nothing is left in the database."""
    with opened(data_dir) as database:
        database.execute_sql("TRUNCATE app_user, device, camera, alert CASCADE")


def kept(data_dir: Path) -> int:
    """How many alerts there are."""
    with opened(data_dir):
        return len(listing.page(listing.Wanted(), 100, None).rows)


@contextmanager
def opened(data_dir: Path) -> Iterator[PooledPostgresqlDatabase]:
    """The database of a hub that does not run."""
    server = EmbeddedPostgres(data_dir, die_with_parent=True)
    database = open_database(server.start())
    try:
        yield database
    finally:
        database.close_all()
        server.stop()
