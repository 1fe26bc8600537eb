"""Time, handed in: the real clock and the one that tests move by hand."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where a part gets its time from."""

    def wall(self) -> float:
        """UTC seconds since 1970; may jump."""

    def monotonic(self) -> float:
        """Seconds that only grow; for intervals."""


class SystemClock:
    """The machine's own clocks."""

    def wall(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()
