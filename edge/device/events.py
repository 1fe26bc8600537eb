"""The in-tray of the thread that decides: desired states, commands and signals, from any thread or signal handler."""

from enum import Enum, auto
from queue import Empty, SimpleQueue

from edge.wire.messages import Command, Desired


class Signal(Enum):
    """News without content."""

    CHANGED = auto()
    STOP = auto()


Event = Desired | Command | Signal


class Events:
    """First in, first out. Unbounded, for what comes in is small and rare: the hub's words and state changes."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Event] = SimpleQueue()

    def put(self, event: Event) -> None:
        """Never waits; may be called in a signal handler."""
        self._queue.put(event)

    def changed(self) -> None:
        """Some camera is no longer as reported."""
        self.put(Signal.CHANGED)

    def stop(self) -> None:
        """End the program."""
        self.put(Signal.STOP)

    def take(self, timeout_s: float) -> Event | None:
        """The next one, None after the timeout."""
        try:
            return self._queue.get(timeout=timeout_s)
        except Empty:
            return None
