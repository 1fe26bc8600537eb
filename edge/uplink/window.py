"""Which waiting visits to send now: pure bookkeeping of what is on its way and unanswered."""

from collections.abc import Iterable
from typing import Protocol


class Waiting(Protocol):
    """What waits, by sequence, oldest first."""

    def openings(self, limit: int) -> list[int]:
        """At most `limit` openings."""

    def closings(self, after: int, limit: int) -> list[int]:
        """At most `limit` closings with a sequence above `after`."""


class Window:
    """At most `size` messages unanswered; openings go first, so that a backlog never delays what happens now.

    A backlog goes out at `per_s` a second after the first `burst`, so that a fleet that returns leaves room for what
    happens now.

    The hub may answer within `answer_s` of the broker's receipt (`receipt_s` of sending without one), else the message
    counts as lost and takes its turn again behind the rest: what the hub never answers cannot hold up the others.
    """

    def __init__(
        self, size: int = 20, answer_s: float = 30.0, receipt_s: float = 300.0, burst: int = 200, per_s: float = 100.0
    ) -> None:
        self.size = size
        self.answer_s = answer_s
        self._receipt_s = receipt_s
        self._overdue_at: dict[int, float] = {}
        self._cursor = 0
        self._burst, self._per_s = float(burst), per_s
        self._spent, self._spent_at = 0.0, 0.0

    def next(self, waiting: Waiting, now: float) -> int | None:
        """The sequence to send now, marked as sent; None while the window is full or nothing is due."""
        self._overdue_at = {sequence: at for sequence, at in self._overdue_at.items() if at > now}
        if len(self._overdue_at) >= self.size:
            return None
        opening = self._first_new(waiting.openings(self.size + 1))
        if opening is not None:
            self._overdue_at[opening] = now + self._receipt_s
            return opening
        return self._next_closing(waiting, now) if self._may_spend(now) else None

    def received(self, sequence: int, now: float) -> None:
        """The broker has it: from now on the hub's answer is due."""
        if sequence in self._overdue_at:
            self._overdue_at[sequence] = now + self.answer_s

    def answered(self, sequences: Iterable[int]) -> None:
        """The hub has these."""
        for sequence in sequences:
            self._overdue_at.pop(sequence, None)

    def _next_closing(self, waiting: Waiting, now: float) -> int | None:
        closing = self._first_new(waiting.closings(self._cursor, self.size + 1))
        if closing is None and self._cursor:
            self._cursor = 0
            closing = self._first_new(waiting.closings(0, self.size + 1))
        if closing is not None:
            self._cursor = closing
            self._spent += 1.0
            self._overdue_at[closing] = now + self._receipt_s
        return closing

    def _may_spend(self, now: float) -> bool:
        self._spent = max(0.0, self._spent - (now - self._spent_at) * self._per_s)
        self._spent_at = now
        return self._spent < self._burst

    def _first_new(self, sequences: list[int]) -> int | None:
        return next((sequence for sequence in sequences if sequence not in self._overdue_at), None)
