"""How often somebody may fail: a leaking bucket per key, bounded in number, in the memory of one web process."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from hub.errors import TooMany

MAX_KEYS = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then one each `every_s` seconds."""

    burst: int
    every_s: float


ACCOUNT = Rate(burst=10, every_s=30)
ADDRESS = Rate(burst=50, every_s=6)
SIGNUP = Rate(burst=20, every_s=30)
ENROLL = Rate(burst=60, every_s=2)


class Limits:
    """Counts events by key; the least recently touched key is forgotten when there are too many."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, key: str, rate: Rate) -> None:
        """TooMany when the bucket is full."""
        with self._lock:
            level = self._level(key, rate, self._clock())
        if level > rate.burst - 1:
            wait_s = max(1, math.ceil((level - rate.burst + 1) * rate.every_s))
            raise TooMany(f"too many attempts; try again in {wait_s} s", wait_s)

    def count(self, key: str, rate: Rate) -> None:
        """One more event."""
        with self._lock:
            now = self._clock()
            self._levels[key] = (self._level(key, rate, now) + 1, now)
            self._levels.move_to_end(key)
            if len(self._levels) > MAX_KEYS:
                self._levels.popitem(last=False)

    def spend(self, key: str, rate: Rate) -> None:
        """Check and count in one."""
        self.check(key, rate)
        self.count(key, rate)

    def forget(self, key: str) -> None:
        """Start anew, after a success."""
        with self._lock:
            self._levels.pop(key, None)

    def _level(self, key: str, rate: Rate, now: float) -> float:
        level, at = self._levels.get(key, (0.0, now))
        return max(0.0, level - (now - at) / rate.every_s)
