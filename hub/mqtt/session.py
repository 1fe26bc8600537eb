"""One client's session at the embedded broker: its subscriptions, what waits for it, what it has not acknowledged."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from hub.mqtt.packets import Publish, matches

INFLIGHT = 200
QUEUE = 1000
QUEUE_BYTES = 64 * 1024 * 1024


class Session:
    """Outlives its connection unless `clean`. Full, it drops what comes: senders here repeat until the hub answers."""

    def __init__(self, name: str, clean: bool) -> None:
        self.name = name
        self.clean = clean
        self.dropped = 0
        self._filters: dict[str, int] = {}
        self._waiting: deque[Publish] = deque()
        self._waiting_bytes = 0
        self._inflight: dict[int, Publish] = {}
        self._number = 0

    def subscribe(self, wanted: str, qos: int) -> None:
        """Hear what fits this filter."""
        self._filters[wanted] = qos

    def unsubscribe(self, wanted: str) -> None:
        """Hear it no more."""
        self._filters.pop(wanted, None)

    def qos_for(self, topic: str) -> int | None:
        """The highest QoS of the filters that fit, None if none does."""
        return max((qos for wanted, qos in self._filters.items() if matches(wanted, topic)), default=None)

    def put(self, message: Publish) -> bool:
        """Queue a message; false if there is no room."""
        if len(self._waiting) >= QUEUE or self._waiting_bytes + len(message.payload) > QUEUE_BYTES:
            self.dropped += 1
            return False
        self._waiting.append(message)
        self._waiting_bytes += len(message.payload)
        return True

    def send(self, write: Callable[[Publish], None], may_write: Callable[[], bool]) -> None:
        """Hand over what the connection takes and the window allows."""
        while self._waiting and may_write() and (self._waiting[0].qos == 0 or len(self._inflight) < INFLIGHT):
            message = self._waiting.popleft()
            self._waiting_bytes -= len(message.payload)
            if message.qos:
                message = replace(message, number=self._next_number())
                self._inflight[message.number] = message
            write(message)

    def acknowledged(self, number: int) -> None:
        """The client has this one."""
        self._inflight.pop(number, None)

    def connection_lost(self) -> None:
        """What was not acknowledged is sent again first, in its order; what asks for no receipt is gone."""
        again = [replace(message, duplicate=True) for message in self._inflight.values()]
        self._inflight.clear()
        self._waiting = deque([*again, *(message for message in self._waiting if message.qos)])
        self._waiting_bytes = sum(len(message.payload) for message in self._waiting)

    def _next_number(self) -> int:
        while True:
            self._number = self._number % 65535 + 1
            if self._number not in self._inflight:
                return self._number
