"""The publishing thread of one camera: connects while somebody watches, draws or passes on, and tries again."""

import threading
from collections.abc import Callable, Sequence

from edge.camera.base import VideoFormat
from edge.clock import Clock
from edge.errors import PublishError
from edge.pipeline.handoff import Handoff
from edge.pipeline.meter import Meter
from edge.stream.boxed import Shot
from edge.stream.outflow import Outlet, Session
from edge.stream.passing import Passed
from edge.stream.publisher import Publication
from edge.wire.messages import StreamState
from edge.worker import Backoff, start

FIRST_RETRY_S, LAST_RETRY_S = 0.5, 10.0
STEADY_S = 10.0
SILENT_S = 5.0
TICK_S = 0.5
NARROW_S = 300.0
"""So long a camera's own video is not tried again on a line that has not carried it."""
StreamChanged = Callable[[StreamState, str], None]


class Streaming:
    """Publishes one camera while wanted. All its methods may be called from any thread."""

    def __init__(self, outlet: Outlet, changed: StreamChanged, meter: Meter, clock: Clock) -> None:
        self._outlet = outlet
        self._width = 0
        self._narrow_until_s = float("-inf")
        self._changed = changed
        self._meter = meter
        self._clock = clock
        self._items = Handoff()
        self.session = 0
        """Numbers the connections that were tried: each has to begin with a key picture."""
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._hungry = False
        self._format: VideoFormat | None = None
        self._publication: Publication | None = None
        self._backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
        self._thread: threading.Thread | None = None

    def start(self, name: str) -> None:
        self._thread = start(name, self._run)

    @property
    def hungry(self) -> bool:
        """Whether pictures are taken now; if not, making one would be a waste."""
        return self._hungry

    def offer(self, shot: Shot) -> None:
        """The newest picture to draw on; whatever still waits is dropped."""
        self._items.newest(shot)

    def begin(self, units: Sequence[Passed]) -> None:
        """The camera's own units, from a key unit on."""
        self._items.begin(units)

    def follow(self, passed: Passed) -> None:
        """The camera's next unit; when too many wait, all up to the next key unit are dropped."""
        self._items.follow(passed)

    def missing(self, reason: str) -> None:
        """There is nothing to publish, for that reason."""
        if self._hungry:
            self._changed(StreamState.FAILED, reason)

    def source(self, video: VideoFormat) -> None:
        """The camera is open and sends this."""
        self._format = video

    @property
    def narrow(self) -> bool:
        """Whether the line has not carried the camera's own video lately."""
        return self._clock.monotonic() < self._narrow_until_s

    def want(self, wanted: bool, width: int) -> None:
        """Publish from now on, or no longer; nobody sees it wider than that many pixels (0: not known)."""
        self._width = width
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()

    def take_dropped(self) -> int:
        """Pictures dropped since the last call."""
        return self._items.take_dropped()

    def stop(self) -> None:
        """Begin to stop: whatever blocks is cut off."""
        self._stopping.set()
        self._wanted.set()
        self._items.close()
        publication = self._publication
        if publication is not None:
            publication.cut()

    def join(self, timeout_s: float) -> None:
        """Wait for the end after `stop`."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wanted.wait()
            if self._stopping.is_set():
                return
            try:
                self._changed(StreamState.STARTING, "")
                self._run_once()
                self._changed(StreamState.STOPPED, "")
            except PublishError as error:
                self._changed(StreamState.FAILED, str(error))
                self._stopping.wait(self._backoff.next_s())
                if not self._wanted.is_set():
                    self._changed(StreamState.STOPPED, "")

    def _run_once(self) -> None:
        """Publish until nobody wants it any more. PublishError says why it ended earlier."""
        self.session += 1
        self._items.forget()
        self._hungry = True
        session = Session(self._outlet, self._clock)
        try:
            while self._wanted.is_set() and not self._stopping.is_set():
                self._step(session)
        finally:
            self._hungry = False
            self._publication = None
            session.close()

    def _step(self, session: Session) -> None:
        item = self._items.take(TICK_S)
        if item is None:
            if session.silent_for_s() > SILENT_S:
                session.close()
                self._changed(StreamState.STARTING, "")
            return
        self._publication = session.ready()
        if session.send(item, self._format, self._width):
            self._meter.sent(self._clock.wall() - item.captured_at, session.encoder)
        else:
            self._meter.dropped(1)
        if isinstance(item, Passed) and session.crowded:
            self._narrow_until_s = self._clock.monotonic() + NARROW_S
        self._changed(StreamState.LIVE, "")
        if session.lived_s() > STEADY_S:
            self._backoff.reset()
