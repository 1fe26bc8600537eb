"""The streams that are published now: who sends, the pictures since the last key picture, and who reads."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from hub.media.relay.errors import NotPublishedError, RelayFullError, StreamEndedError
from hub.media.relay.h264 import AccessUnit

GOP_BYTES = 16 * 1024 * 1024
GOP_UNITS = 600
QUEUE_UNITS = 150
READERS_PER_PATH = 200
FRESH_S = 1.0  # a publisher that has been silent for longer shows nothing to those who join, rather than the past
CATCH_UP_TICKS = 90  # a burst on joining is played at 1 ms a picture, so that the viewer is live at once


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture for one reader, `timestamp` on that reader's clock; the payloads are shared by all."""

    payloads: tuple[bytes, ...]
    timestamp: int


class Reader:
    """One viewer of one path. When its queue is full it loses all up to the next key picture."""

    def __init__(self, kind: str, on_end: Callable[[], None], id: UUID | None = None) -> None:
        self.id: UUID = id or uuid4()
        self.kind = kind
        self.dropped = 0
        self._on_end = on_end
        self._queue: deque[Sample] = deque()
        self._wake = asyncio.Event()
        self._needs_key = True
        self._ended = False

    def burst(self, units: list[AccessUnit]) -> None:
        """What has happened since the last key picture, squeezed in front of the newest picture."""
        for index, unit in enumerate(units):
            behind = (len(units) - 1 - index) * CATCH_UP_TICKS
            self._queue.append(Sample(unit.payloads, units[-1].timestamp - behind))
        self._needs_key = not units
        self._wake.set()

    def offer(self, unit: AccessUnit) -> None:
        """A new picture; never waits."""
        if len(self._queue) >= QUEUE_UNITS:
            self.dropped += len(self._queue)
            self._queue.clear()
            self._needs_key = True
        self._needs_key = self._needs_key and not unit.is_key
        if self._needs_key:
            self.dropped += 1
            return
        self._queue.append(Sample(unit.payloads, unit.timestamp))
        self._wake.set()

    async def next(self) -> Sample:
        """The next picture; StreamEndedError when there will be none."""
        while not self._queue:
            if self._ended:
                raise StreamEndedError("the stream has ended")
            self._wake.clear()
            await self._wake.wait()
        return self._queue.popleft()

    def end(self) -> None:
        """No more pictures: the publisher is gone or the reader was sent away."""
        if not self._ended:
            self._ended = True
            self._queue.clear()
            self._wake.set()
            self._on_end()


class Stream:
    """One publisher's pictures, from its first to its last."""

    def __init__(
        self,
        name: str,
        since: datetime,
        on_replaced: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.since = since
        self.inbound_bytes = 0
        self.parameter_sets: tuple[bytes, ...] = ()
        self.readers: dict[UUID, Reader] = {}
        self._on_replaced = on_replaced
        self._clock = clock
        self._pushed_at = clock()
        self._gop: list[AccessUnit] = []
        self._gop_bytes = 0

    def push(self, unit: AccessUnit) -> None:
        """A picture from the publisher goes to every reader and into the group of pictures for those who join."""
        self._pushed_at = self._clock()
        self._keep(unit)
        for reader in list(self.readers.values()):
            reader.offer(unit)

    def _keep(self, unit: AccessUnit) -> None:
        if unit.is_key:
            self._gop, self._gop_bytes = [], 0
        elif not self._gop:
            return
        self._gop.append(unit)
        self._gop_bytes += unit.size
        if self._gop_bytes > GOP_BYTES or len(self._gop) > GOP_UNITS:
            self._gop, self._gop_bytes = [], 0

    def join(self, reader: Reader) -> None:
        """Show this reader the stream from the last key picture on."""
        if len(self.readers) >= READERS_PER_PATH:
            raise RelayFullError("too many readers of this path")
        self.readers[reader.id] = reader
        reader.burst(self._gop if self._clock() - self._pushed_at < FRESH_S else [])

    def leave(self, reader: Reader) -> None:
        self.readers.pop(reader.id, None)

    def end(self) -> None:
        """Send every reader away."""
        for reader in list(self.readers.values()):
            reader.end()
        self.readers.clear()

    def replaced(self) -> None:
        """Another publisher has taken the path."""
        self.end()
        self._on_replaced()


@dataclass(slots=True)
class Paths:
    """All streams by name; a new publisher of a name takes the place of the old one."""

    limit: int = 256
    _streams: dict[str, Stream] = field(default_factory=dict)
    _waiting: dict[str, list[asyncio.Future[Stream]]] = field(default_factory=dict)

    def publish(self, stream: Stream) -> None:
        old = self._streams.get(stream.name)
        if old is None and len(self._streams) >= self.limit:
            raise RelayFullError("too many published paths")
        self._streams[stream.name] = stream
        if old is not None:
            old.replaced()
        for waiter in self._waiting.pop(stream.name, []):
            if not waiter.done():
                waiter.set_result(stream)

    def unpublish(self, stream: Stream) -> None:
        """The publisher has gone; nothing happens when another one has its place already."""
        if self._streams.get(stream.name) is stream:
            del self._streams[stream.name]
        stream.end()

    async def find(self, name: str, wait_s: float) -> Stream:
        """The stream of this name, published within `wait_s` seconds; NotPublishedError otherwise."""
        if name in self._streams:
            return self._streams[name]
        waiter: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, []).append(waiter)
        try:
            return await asyncio.wait_for(waiter, wait_s)
        except TimeoutError as error:
            raise NotPublishedError(f"no one is publishing to path '{name}'") from error
        finally:
            self._forget(name, waiter)

    def _forget(self, name: str, waiter: "asyncio.Future[Stream]") -> None:
        waiting = self._waiting.get(name, [])
        if waiter in waiting:
            waiting.remove(waiter)
        if not waiting:
            self._waiting.pop(name, None)

    def all(self) -> list[Stream]:
        """Every stream, by name."""
        return [self._streams[name] for name in sorted(self._streams)]

    def close(self) -> None:
        for stream in self.all():
            stream.replaced()
        self._streams.clear()
