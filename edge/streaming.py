"""The publishing thread of one camera: connects while somebody watches, draws or passes on, and tries again."""

import threading
from collections.abc import Callable, Sequence

from edge.boxed import BoxedVideo, Shot
from edge.camera.base import VideoFormat
from edge.clock import Clock
from edge.encoder import AccessUnit
from edge.errors import PublishError
from edge.handoff import Handoff
from edge.meter import Meter
from edge.passing import Passed, access_unit
from edge.publisher import Publication
from edge.wire.messages import StreamState
from edge.worker import Backoff, start

FIRST_RETRY_S, LAST_RETRY_S = 0.5, 10.0
STEADY_S = 10.0
SILENT_S = 5.0
TICK_S = 0.5
StreamChanged = Callable[[StreamState, str], None]


class Streaming:
    """Publishes one camera while wanted. All its methods may be called from any thread."""

    def __init__(self, publish_url: Callable[[], str], changed: StreamChanged, meter: Meter, clock: Clock) -> None:
        self._publish_url = publish_url
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

    def want(self, wanted: bool) -> None:
        """Publish from now on, or no longer."""
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

    def _run_once(self) -> None:
        """Publish until nobody wants it any more. PublishError says why it ended earlier."""
        self.session += 1
        self._hungry = True
        session = _Session(self._publish_url, self._clock)
        try:
            while self._wanted.is_set() and not self._stopping.is_set():
                self._step(session)
        finally:
            self._hungry = False
            self._publication = None
            session.close()

    def _step(self, session: "_Session") -> None:
        item = self._items.take(TICK_S)
        if item is None:
            if session.silent_for_s() > SILENT_S:
                session.close()
                self._changed(StreamState.STARTING, "")
            return
        self._publication = session.ready()
        session.send(item, self._format)
        self._meter.sent(self._clock.wall() - item.captured_at, session.encoder)
        self._changed(StreamState.LIVE, "")
        if session.lived_s() > STEADY_S:
            self._backoff.reset()


class _Session:
    """One publication and what feeds it: drawing or passing, each from a key picture on."""

    def __init__(self, publish_url: Callable[[], str], clock: Clock) -> None:
        self._publish_url = publish_url
        self._clock = clock
        self._format: VideoFormat | None = None
        self._boxed: BoxedVideo | None = None
        self._publication: Publication | None = None
        self._began_s = self._sent_s = clock.monotonic()

    @property
    def encoder(self) -> str:
        """What makes the pictures now; empty where they pass as they are."""
        return "" if self._boxed is None else self._boxed.encoder

    def ready(self) -> Publication:
        """The publication, made with the first picture."""
        if self._publication is None:
            self._publication = Publication(self._publish_url(), self._clock)
            self._boxed = None
            self._began_s = self._clock.monotonic()
        return self._publication

    def send(self, item: Shot | Passed, video: VideoFormat | None) -> None:
        assert self._publication is not None
        for unit in self._units(item, video):
            self._publication.send(unit)
        self._sent_s = self._clock.monotonic()

    def _units(self, item: Shot | Passed, video: VideoFormat | None) -> list[AccessUnit]:
        if isinstance(item, Passed):
            self._boxed = None
            return [access_unit(item)]
        if self._boxed is None or not self._boxed.fits(item) or self._format != video:
            self._format = video
            self._boxed = BoxedVideo.of(video, item)
        return self._boxed.units(item)

    def silent_for_s(self) -> float:
        """How long an open publication has had nothing to send."""
        return 0.0 if self._publication is None else self._clock.monotonic() - self._sent_s

    def lived_s(self) -> float:
        return self._clock.monotonic() - self._began_s

    def close(self) -> None:
        publication, self._publication, self._boxed = self._publication, None, None
        if publication is not None:
            publication.close()
