"""What waits for the publishing thread: the newest drawn picture, or the camera's own units in their order."""

import threading
from collections import deque
from collections.abc import Sequence

from edge.stream.boxed import Shot
from edge.stream.passing import Passed

LATE_S = 1.0
MOST_UNITS = 400


class Handoff:
    """Never makes anybody wait but the taker. Everything dropped is counted.

    A shot displaces whatever waits. Units need the ones before them: when one has waited for LATE_S, all are dropped
    up to the next key unit.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: deque[Shot | Passed] = deque()
        self._needs_key = True
        self._closed = False
        self._dropped = 0

    def newest(self, shot: Shot) -> None:
        """The newest drawn picture."""
        with self._changed:
            self._drop()
            self._add(shot)

    def begin(self, units: Sequence[Passed]) -> None:
        """A key unit and what has followed it until now."""
        with self._changed:
            self._drop()
            for unit in units:
                self._follow(unit)

    def follow(self, passed: Passed) -> None:
        """The camera's next unit."""
        with self._changed:
            if (self._items and passed.time_s - self._items[0].time_s > LATE_S) or len(self._items) > MOST_UNITS:
                self._drop()
            self._follow(passed)

    def forget(self) -> None:
        """Drop what still waits: it was for viewers who have left."""
        with self._changed:
            self._drop()

    def take(self, timeout_s: float) -> Shot | Passed | None:
        """The next one, None after the timeout or once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed, timeout_s)
            return self._items.popleft() if self._items else None

    def close(self) -> None:
        """Wake whoever takes; nothing is waited for any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def take_dropped(self) -> int:
        """How many were dropped since the last call."""
        with self._changed:
            dropped, self._dropped = self._dropped, 0
            return dropped

    def _follow(self, passed: Passed) -> None:
        self._needs_key = self._needs_key and not passed.unit.key
        if self._needs_key:
            self._dropped += 1
        else:
            self._add(passed)

    def _add(self, item: Shot | Passed) -> None:
        self._items.append(item)
        self._changed.notify_all()

    def _drop(self) -> None:
        self._dropped += len(self._items)
        self._items.clear()
        self._needs_key = True
