"""Whoever copies the pictures, and whoever moves or removes some, take turns."""

from collections.abc import Iterator
from contextlib import contextmanager

from playhouse.pool import PooledPostgresqlDatabase

LOCK = "hashtextextended('watchpost.pictures', 0)"


@contextmanager
def pictures_at_rest(database: PooledPostgresqlDatabase) -> Iterator[None]:
    """Within the block no picture is moved or removed; waits for a move that is under way."""
    database.execute_sql(f"SELECT pg_advisory_lock_shared({LOCK})")
    try:
        yield
    finally:
        database.execute_sql(f"SELECT pg_advisory_unlock_shared({LOCK})")


@contextmanager
def pictures_to_change(database: PooledPostgresqlDatabase) -> Iterator[bool]:
    """Whether pictures may be moved and removed within the block; not while somebody copies them."""
    (free,) = database.execute_sql(f"SELECT pg_try_advisory_lock({LOCK})").fetchone()
    try:
        yield bool(free)
    finally:
        if free:
            database.execute_sql(f"SELECT pg_advisory_unlock({LOCK})")
