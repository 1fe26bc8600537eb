"""Messages that could not be understood or placed, kept whole: to look at, and to replay when the reason is gone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.store import rows
from hub.store.models import DeadLetter, database

# A device whose camera went to another one while it was away sends its whole outbox here: tens of thousands of visits.
LIMIT = 100_000
LIMIT_BYTES = 4 * 2**30
PRUNE = """
DELETE FROM dead_letter WHERE received_at < %s OR id <= (
    SELECT max(id) FROM (
        SELECT id, row_number() OVER newest AS letters, sum(octet_length(payload)) OVER newest AS bytes FROM dead_letter
        WINDOW newest AS (ORDER BY id DESC)
    ) AS counted WHERE bytes > %s OR letters > %s
)
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it came, and why it went nowhere."""

    received_at: datetime
    topic: str
    payload: bytes = field(repr=False)
    reason: str


def keep(letters: Sequence[Letter]) -> None:
    """Store the letters; part of the running transaction."""
    if letters:
        DeadLetter.insert_many(
            [
                {
                    "received_at": letter.received_at,
                    "topic": letter.topic.replace("\0", "\N{SYMBOL FOR NULL}"),
                    "payload": letter.payload,
                    "reason": letter.reason.replace("\0", "\N{SYMBOL FOR NULL}")[:1000],
                }
                for letter in letters
            ]
        ).execute()


def listing(limit: int) -> list[DeadLetter]:
    """The newest letters first."""
    return rows.models(DeadLetter.select().order_by(DeadLetter.id.desc()).limit(limit), DeadLetter)


def count() -> int:
    """How many there are."""
    return int(DeadLetter.select().count())


def take(letter_id: int) -> DeadLetter | None:
    """One letter, removed; part of the running transaction."""
    letter = rows.first(DeadLetter.select().where(DeadLetter.id == letter_id).for_update(), DeadLetter)
    if letter is not None:
        DeadLetter.delete().where(DeadLetter.id == letter_id).execute()  # type: ignore[misc]
    return letter


def prune(now: datetime, keep_for: timedelta) -> int:
    """Forget letters past their time, and the oldest beyond the bounds, so that nobody fills the disk with nonsense."""
    return int(database.execute_sql(PRUNE, (now - keep_for, LIMIT_BYTES, LIMIT)).rowcount)
