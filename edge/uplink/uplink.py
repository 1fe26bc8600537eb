"""The line to the hub over MQTT: sends what the outbox holds until the hub itself has answered, hears what it wants.

One thread owns the connection, the window and all sending; other threads leave letters for it and wake it.
"""

import logging
import ssl
from collections.abc import Callable
from threading import Event, Thread

from edge import worker
from edge.clock import Clock
from edge.uplink.connection import Connection, ConnectionEnded, Device, Queue
from edge.uplink.letters import Letters
from edge.wire.codec import encode, encode_json
from edge.wire.messages import Answer, Command, Desired, Health, Reported, Selftest
from edge.wire.topics import Kind

log = logging.getLogger(__name__)

STEADY_S = 10.0


class Uplink:
    """Connects, and connects again, until stopped; `receive` is called on its thread and must return at once."""

    def __init__(
        self, device: Device, queue: Queue, receive: Callable[[Desired | Command], None], clock: Clock
    ) -> None:
        self._device = device
        self._queue = queue
        self._receive = receive
        self._clock = clock
        self._letters = Letters()
        self._stopping = Event()
        self._again = Event()
        self._thread: Thread | None = None
        self._trouble = "not yet connected"

    @property
    def trouble(self) -> str:
        """Why there is no connection; empty while there is one."""
        return self._trouble

    def start(self) -> None:
        """Start the thread."""
        self._thread = worker.start("uplink", self._run)

    def stop(self, timeout_s: float = 1.0) -> None:
        """Say good-bye and end; a thread stuck in a connect dies with the process."""
        self._stopping.set()
        self._letters.wake()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def wake(self) -> None:
        """Something was put into the outbox."""
        self._letters.wake()

    def reconnect(self) -> None:
        """Come back at once with the certificate that is on disk now; nobody is told that we were away."""
        self._again.set()
        self._letters.wake()

    def report(self, state: Reported | Selftest) -> None:
        """Publish (retained) what the device runs or how it is, now and after every reconnection."""
        if isinstance(state, Selftest):
            self._letters.put_state(Kind.SELFTEST, encode_json(state))
        else:
            self._letters.put_state(Kind.REPORTED, encode(state))

    def send(self, message: Answer | Health) -> None:
        """Publish once if there is a connection."""
        if isinstance(message, Health):
            self._letters.put(Kind.HEALTH, encode_json(message))
        else:
            self._letters.put(Kind.ANSWER, encode(message))

    def _run(self) -> None:
        backoff = worker.Backoff(0.5, 30.0)
        while not self._stopping.is_set():
            began = self._clock.monotonic()
            try:
                self._run_once()
            except (OSError, UnicodeError, ConnectionEnded) as error:
                self._note(_reason(error))
            if self._clock.monotonic() - began > STEADY_S:
                backoff.reset()
            if self._again.is_set():
                self._again.clear()
            else:
                self._stopping.wait(backoff.next_s())

    def _run_once(self) -> None:
        with Connection(self._device, self._queue, self._receive, self._letters, self._clock) as connection:
            connection.open()
            self._note("")
            while not self._stopping.is_set() and not self._again.is_set():
                connection.turn()
            connection.farewell() if self._stopping.is_set() else connection.leave()

    def _note(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.warning("uplink: %s", trouble) if trouble else log.info("uplink: connected")
        self._trouble = trouble


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the broker's certificate is not trusted: {error.verify_message}"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, UnicodeError):
        return "the broker's host is not a name that can be looked up"
    return str(error)
