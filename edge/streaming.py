"""The publishing thread of one camera: connects while somebody watches, draws, encodes, sends, and tries again."""

import threading
from collections.abc import Callable

from edge.boxed import BoxedVideo, Shot
from edge.camera.base import VideoFormat
from edge.clock import Clock
from edge.errors import PublishError
from edge.meter import Meter
from edge.publisher import Publication
from edge.wire.messages import StreamState
from edge.worker import Backoff, Mailbox, start

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
        self._shots: Mailbox[Shot] = Mailbox()
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
        """Whether shots are taken now; if not, making one would be a waste."""
        return self._hungry

    def offer(self, shot: Shot) -> None:
        """The newest shot; one that still waits is dropped."""
        self._shots.put(shot)

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
        """Shots dropped since the last call."""
        return self._shots.take_dropped()

    def stop(self) -> None:
        """Begin to stop: whatever blocks is cut off."""
        self._stopping.set()
        self._wanted.set()
        self._shots.close()
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
        shot = self._shots.take(TICK_S)
        if shot is None:
            if session.silent_for_s() > SILENT_S:
                session.close()
                self._changed(StreamState.STARTING, "")
            return
        self._publication = session.ready(shot, self._format)
        session.send(shot)
        self._meter.lagged(self._clock.wall() - shot.captured_at)
        self._changed(StreamState.LIVE, "")
        if session.lived_s() > STEADY_S:
            self._backoff.reset()


class _Session:
    """A drawing stage and the publication that it feeds; they begin together, with a key picture."""

    def __init__(self, publish_url: Callable[[], str], clock: Clock) -> None:
        self._publish_url = publish_url
        self._clock = clock
        self._format: VideoFormat | None = None
        self._boxed: BoxedVideo | None = None
        self._publication: Publication | None = None
        self._began_s = self._sent_s = clock.monotonic()

    def ready(self, shot: Shot, video: VideoFormat | None) -> Publication:
        """The publication that this shot goes to: a new one if the picture's size has changed."""
        fits = self._boxed is not None and self._boxed.fits(shot) and self._format == video
        if self._publication is None or self._boxed is None or not fits:
            self.close()
            self._format = video
            self._boxed = BoxedVideo.of(video, shot)
            self._publication = Publication(self._publish_url(), self._clock)
            self._began_s = self._clock.monotonic()
        return self._publication

    def send(self, shot: Shot) -> None:
        assert self._boxed is not None
        assert self._publication is not None
        for unit in self._boxed.units(shot):
            self._publication.send(unit)
        self._sent_s = self._clock.monotonic()

    def silent_for_s(self) -> float:
        """How long an open publication has had nothing to send."""
        return 0.0 if self._publication is None else self._clock.monotonic() - self._sent_s

    def lived_s(self) -> float:
        return self._clock.monotonic() - self._began_s

    def close(self) -> None:
        publication, self._publication, self._boxed = self._publication, None, None
        if publication is not None:
            publication.close()
