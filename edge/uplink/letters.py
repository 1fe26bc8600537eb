"""What other threads want sent to the hub beside visits: left here, taken by the uplink's thread, which it wakes."""

import os
from collections import deque
from contextlib import suppress
from threading import Lock

from edge.wire.topics import Kind

LIMIT = 32

Letter = tuple[Kind, bytes]


class Letters:
    """A bounded queue (the oldest is dropped) plus the newest state message of each kind, with a pipe to wait on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._queue: deque[Letter] = deque(maxlen=LIMIT)
        self._states: dict[Kind, bytes] = {}
        self._new_states: set[Kind] = set()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)

    def fileno(self) -> int:
        """For select: readable once woken."""
        return self._reader

    def put(self, kind: Kind, payload: bytes) -> None:
        """Send once, in order; lost when there is no connection."""
        with self._lock:
            self._queue.append((kind, payload))
        self.wake()

    def put_state(self, kind: Kind, payload: bytes) -> None:
        """Send the newest of its kind only, and again after each reconnection."""
        with self._lock:
            self._states[kind] = payload
            self._new_states.add(kind)
        self.wake()

    def wake(self) -> None:
        """There is something to do."""
        with suppress(BlockingIOError):  # a full pipe wakes as well
            os.write(self._writer, b"!")

    def slept(self) -> None:
        """Awake: forget how often we were called."""
        with suppress(BlockingIOError):
            os.read(self._reader, 4096)

    def reconnected(self) -> None:
        """What was for the old connection is stale; the states are due again."""
        with self._lock:
            self._queue.clear()
            self._new_states = set(self._states)

    def take(self) -> list[Letter]:
        """Everything due, the states first."""
        with self._lock:
            states = [(kind, payload) for kind, payload in self._states.items() if kind in self._new_states]
            letters = states + list(self._queue)
            self._queue.clear()
            self._new_states.clear()
            return letters
