"""What a damaged SQLite file still gives: everything but what the damaged pages themselves held."""

import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from edge.alerts.database import DiskTrouble

FOR_NOW = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
}
FOR_GOOD = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}
LONGEST = 64 * 1024 * 1024
"""No row is so long, whatever a damaged one says."""


def salvaged(path: Path, listings: Iterable[str], fetch: str, after: int) -> Generator[tuple[Any, ...]]:
    """The rows whose key is above `after`, in the order of their keys.

    Each of `listings` gives keys, by another way through the file; `fetch` gives the row of one. DiskTrouble where not
    the file is at fault but the disk, for want of room perhaps: later there is more.
    """
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.text_factory = bytes
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
            for key in sorted(_keys(connection, listings, after)):
                row = None
                with _damage_passed_over():
                    row = connection.execute(fetch, (key,)).fetchone()
                if row is not None:
                    yield row
    except sqlite3.Error as error:
        raise DiskTrouble(f"{path}: {error}") from error


def _keys(connection: sqlite3.Connection, listings: Iterable[str], after: int) -> set[int]:
    keys: set[int] = set()
    for listing in listings:
        with _damage_passed_over():
            for (key,) in connection.execute(listing):
                if isinstance(key, int) and key > after:
                    keys.add(key)
    return keys


@contextmanager
def _damage_passed_over() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in FOR_NOW and error.sqlite_errorcode not in FOR_GOOD:
            raise
