"""One SQLite file that takes power cuts, full disks and its own corruption as expected trouble."""

import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from edge.alerts.last_boot import LastBoot
from edge.alerts.reserve import Reserve
from edge.durable import sync_folder
from edge.errors import WatchpostError

log = logging.getLogger(__name__)
T = TypeVar("T")

RESERVE_BYTES = 1024 * 1024
CHECKPOINT_PAGES = 256
CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
SUFFIXES = ("", "-wal", "-shm")


class DiskTrouble(WatchpostError):
    """The disk is full, read-only or failing; what was asked did not happen and may be tried again."""


class NoRoom(DiskTrouble):
    """Others have filled the disk; SQLite itself was not in need yet."""


class Corruption(DiskTrouble):
    """The file is not a sound SQLite database; `move_aside` makes a new one."""


class Database:
    """A connection in WAL mode that fsyncs each commit (synchronous=FULL), opened when first used.

    Its owner serialises the calls; each may raise DiskTrouble or Corruption. SQLite needs room even to open and to
    delete: a file of RESERVE_BYTES beside it is given up when the disk is full, and made again when there is room.

    The whole file is read and checked when the machine, not only the process, ended while it was open: a process that
    dies leaves no page half written. Damage of other kinds shows when a page of it is read.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self._schema = schema
        self._connection: sqlite3.Connection | None = None
        self._reserve = Reserve(self._beside("reserve"), RESERVE_BYTES)
        self._boot = LastBoot(self._beside("boot"))

    def read(self, query: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._relieved(lambda: self._read(query, parameters))

    def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Do `change` in one transaction that is on the disk when this returns, or not at all."""
        return self._relieved(lambda: self._write(change))

    def keep_reserve(self) -> None:
        """Make the reserve again if there is room; call it now and then."""
        self._reserve.keep()

    def free_bytes(self, kept_back: int) -> int:
        """How much may still be stored: free on the disk beyond what is kept back for others, and free within the file.

        Never negative: when others have filled the disk the file does not grow, but what it holds it holds.
        """
        (pages,) = self.read("PRAGMA freelist_count")[0]
        (page_bytes,) = self.read("PRAGMA page_size")[0]
        beyond = shutil.disk_usage(self.path.parent).free - kept_back
        return max(0, beyond) + int(pages) * int(page_bytes)

    @property
    def aside(self) -> Path:
        """A damaged file that was moved aside and whose contents have not all been saved; there mostly is none."""
        return self._beside("salvaging")

    def move_aside(self) -> None:
        """Make room for a new file; the damaged one is at `aside` until `let_go`."""
        self.close()
        if self.aside.exists():
            self.let_go()
        self._rename(self.path, self.aside)

    def let_go(self) -> Path:
        """Nothing more is to be had from the file at `aside`: it is kept until the next one takes its place."""
        kept = self._beside("damaged")
        self._rename(self.aside, kept)
        return kept

    def close(self) -> None:
        """Close the file, folding its WAL in where the disk allows."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _beside(self, ending: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{ending}")

    def _rename(self, old: Path, new: Path) -> None:
        try:
            for suffix in SUFFIXES:
                new.with_name(new.name + suffix).unlink(missing_ok=True)
                with suppress(FileNotFoundError):
                    old.with_name(old.name + suffix).replace(new.with_name(new.name + suffix))
            sync_folder(self.path.parent)
        except OSError as error:
            raise DiskTrouble(f"{old}: {error.strerror}") from error

    def _relieved(self, action: Callable[[], T]) -> T:
        """Do it, if need be at the price of the reserve."""
        try:
            return action()
        except (Corruption, NoRoom):
            raise
        except DiskTrouble:
            if not self._reserve.release():
                raise
            return action()

    def _read(self, query: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with _sorted_trouble():
            return self._open().execute(query, parameters).fetchall()

    def _write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        with _sorted_trouble():
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = change(connection)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            return result

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connect(self.path, self._schema, checked=self._cut_short())
            self._boot.note()
            self._reserve.keep()
        return self._connection

    def _cut_short(self) -> bool:
        """Whether the machine ended while the file was open: its log is there, and not from this boot."""
        log_file = self.path.with_name(f"{self.path.name}-wal")
        return log_file.exists() and not self._boot.is_this()


def _connect(path: Path, schema: str, *, checked: bool) -> sqlite3.Connection:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DiskTrouble(f"{path}: {error.strerror}") from error
    connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=FAST")  # Debian's default writes every freed page once more
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        connection.executescript(schema)
        if checked and (problem := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise Corruption(problem)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _sorted_trouble() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in CORRUPT:  # Python's own errors have none
            raise Corruption(str(error)) from error
        if isinstance(error, sqlite3.OperationalError):
            raise DiskTrouble(str(error)) from error
        raise
