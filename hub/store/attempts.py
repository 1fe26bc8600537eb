"""Attempts of strangers: one leaking bucket per key, counted by the database, so that all web processes share it."""

from datetime import datetime, timedelta

from hub.store.models import Attempt, database

LEVEL = "greatest(0, kept.level - greatest(0, extract(epoch FROM %(now)s - kept.at)) / %(every_s)s)"
SPEND = f"""\
INSERT INTO attempt AS kept (key, level, at) VALUES (%(key)s, 1, %(now)s)
ON CONFLICT (key) DO UPDATE SET level = {LEVEL} + 1, at = excluded.at WHERE {LEVEL} <= %(burst)s - 1
RETURNING level"""
LOOK = f"SELECT {LEVEL} FROM attempt AS kept WHERE key = %(key)s"
REFUND = "UPDATE attempt SET level = greatest(0, level - 1) WHERE key = %s"


def spend(key: str, burst: int, every_s: float, now: datetime) -> bool:
    """One more, in one statement, so that racers cannot overfill; false, and nothing counted, when there is no room."""
    values = {"key": key, "burst": burst, "every_s": every_s, "now": now}
    return database.execute_sql(SPEND, values).fetchone() is not None


def level(key: str, every_s: float, now: datetime) -> float:
    """How full it is."""
    row = database.execute_sql(LOOK, {"key": key, "every_s": every_s, "now": now}).fetchone()
    return float(row[0]) if row else 0.0


def refund(key: str) -> None:
    """One less: it was none of those that count."""
    database.execute_sql(REFUND, (key,))


def forget(key: str) -> None:
    """Empty it."""
    Attempt.delete().where(Attempt.key == key).execute()  # type: ignore[misc]


def prune(now: datetime, older_than: timedelta) -> int:
    """Forget what has leaked out long ago; how many."""
    return int(Attempt.delete().where(Attempt.at < now - older_than).execute())  # type: ignore[misc]
