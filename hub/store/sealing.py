"""Whoever seals and whoever rotates the keys take turns: nothing is sealed with a key that is about to be dropped."""

from collections.abc import Iterator
from contextlib import contextmanager

from hub.store.models import database

LOCK = "hashtextextended('watchpost.sealing', 0)"


def seal_in_turn() -> None:
    """Call in the transaction that writes, before sealing; waits for a rotation that is under way."""
    database.execute_sql(f"SELECT pg_advisory_xact_lock_shared({LOCK})")


@contextmanager
def keys_to_change() -> Iterator[None]:
    """Within the block nobody seals; waits for those who do."""
    database.execute_sql(f"SELECT pg_advisory_lock({LOCK})")
    try:
        yield
    finally:
        database.execute_sql(f"SELECT pg_advisory_unlock({LOCK})")
