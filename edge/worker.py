"""Threads, the one-slot mailbox between them, and how long to wait before trying again."""

import logging
import os
import random
import signal
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")

crashed = threading.Event()
"""Set when a worker met an error that nobody expected: the program then ends, and is started afresh."""


def start(name: str, work: Callable[[], None]) -> threading.Thread:
    """Run `work` in a thread of its own. An unexpected error ends the whole program with SIGTERM, `crashed` set."""

    def guarded() -> None:
        try:
            work()
        except Exception:
            log.exception("%s: unexpected error, ending the program", name)
            crashed.set()
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=guarded, name=name, daemon=True)
    thread.start()
    return thread


class Mailbox(Generic[T]):
    """One slot between two threads: the newest item wins, what it displaces is counted and dropped."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self._dropped = 0

    def put(self, item: T) -> None:
        """Never waits."""
        with self._changed:
            self._dropped += self._item is not None
            self._item = item
            self._changed.notify_all()

    def put_patiently(self, item: T, timeout_s: float) -> None:
        """Wait until the slot is free, at most so long; then as `put`. For catching up, never for live pictures."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is None or self._closed, timeout_s)
            self.put(item)

    def take(self, timeout_s: float) -> T | None:
        """The item, or None after the timeout or once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._closed, timeout_s)
            item, self._item = self._item, None
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Wake everybody who waits; nothing is waited for any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def take_dropped(self) -> int:
        """How many items were displaced since the last call."""
        with self._changed:
            dropped, self._dropped = self._dropped, 0
            return dropped


class Backoff:
    """Waits that double from `first_s` to `most_s`, each with a jitter of a fifth, so that a fleet does not march."""

    def __init__(self, first_s: float, most_s: float, jitter: Callable[[], float] = random.random) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._jitter = jitter
        self._next_s = first_s

    def next_s(self) -> float:
        """How long to wait before the next try, in seconds."""
        wait_s = self._next_s
        self._next_s = min(self._most_s, 2 * wait_s)
        return wait_s * (0.8 + 0.4 * self._jitter())

    def reset(self) -> None:
        """It worked: the next failure starts small again."""
        self._next_s = self._first_s
