"""The reading thread of one camera: opens it, decodes as little as is needed, hands pictures on, tries again."""

import threading
from collections.abc import Callable
from typing import Protocol

from edge.camera.base import Camera, Picture, RefusedError, Unit, VideoFormat
from edge.camera.feed import Feed, Interest
from edge.clock import Clock
from edge.errors import CameraError
from edge.pipeline.meter import Meter
from edge.pipeline.pace import Pace
from edge.wire.messages import CameraState
from edge.worker import Backoff, start

FIRST_RETRY_S, LAST_RETRY_S = 0.5, 3.5
REFUSED_FIRST_S, REFUSED_LAST_S = 5.0, 60.0
STEADY_S = 10.0
RATE_WINDOW_S = 5.0
RATE_DIFFERS = 0.15
BLIND_S = 10.0
"""A camera whose units come but do not decode for so long has failed."""


class Taker(Interest, Protocol):
    """Who gets the pictures; called on the reading thread."""

    @property
    def face_px(self) -> int:
        """The height of the smallest face of interest."""

    def opened(self, video: VideoFormat) -> None:
        """A camera was opened: this is what it sends."""

    @property
    def blind(self) -> bool:
        """Whether no picture is wanted at all, now."""

    def arrived(self, unit: Unit) -> None:
        """The camera is alive, though its unit may not be decoded."""

    def offer(self, picture: Picture, late: bool) -> None:
        """The newest picture, or one that is late because the camera was just woken. CameraError if it is no use."""


class Board(Protocol):
    """Who hears what became of the camera; called on the reading thread."""

    def camera(self, state: CameraState, reason: str = "") -> None:
        """The camera came or went."""

    def video(self, codec: str, size: tuple[int, int], fps: float) -> None:
        """What the camera sends."""


class Reading:
    """Reads one camera, again and again, until stopped."""

    def __init__(
        self, make_camera: Callable[[], Camera], taker: Taker, board: Board, meter: Meter, clock: Clock
    ) -> None:
        self._make_camera = make_camera
        self._taker = taker
        self._board = board
        self._meter = meter
        self._clock = clock
        self._stopping = threading.Event()
        self._camera: Camera | None = None
        self._retry = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
        self._refused = Backoff(REFUSED_FIRST_S, REFUSED_LAST_S)
        self._thread: threading.Thread | None = None

    def start(self, name: str) -> None:
        self._thread = start(name, self._run)

    def stop(self) -> None:
        """Begin to stop: a blocked camera is interrupted."""
        self._stopping.set()
        camera = self._camera
        if camera is not None:
            camera.interrupt()

    def join(self, timeout_s: float) -> bool:
        """Whether the thread has ended within that time."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._run_once()
            except CameraError as error:
                if not self._stopping.is_set():
                    self._board.camera(CameraState.OFFLINE, str(error))
                    backoff = self._refused if isinstance(error, RefusedError) else self._retry
                    self._stopping.wait(backoff.next_s())

    def _run_once(self) -> None:
        """One session with the camera. CameraError says why it ended."""
        self._camera = camera = self._make_camera()
        try:
            if not self._stopping.is_set():
                camera.open()
                self._read(camera)
        finally:
            self._camera = None
            camera.close()

    def _read(self, camera: Camera) -> None:
        video = camera.format
        self._taker.opened(video)
        feed, blind = Feed(camera, self._taker, self._taker.face_px), False
        session, pace = _Session(video, self._board, self._clock.monotonic()), Pace(self._clock.monotonic())
        for unit in camera.units():
            now_s = self._clock.monotonic()
            pace.came(now_s)
            if self._stopping.is_set():
                return
            self._meter.arrived()
            self._taker.arrived(unit)
            if blind and not self._taker.blind:
                feed = Feed(camera, self._taker, self._taker.face_px)
            blind = self._taker.blind
            pictures = [] if blind else feed.take(unit, pace.behind(now_s - unit.time_s))
            self._meter.dropped(feed.take_dropped())
            for index, picture in enumerate(pictures, start=1):
                self._taker.offer(picture, late=index < len(pictures))
            now_s = self._clock.monotonic()
            session.took(now_s, pictures, blind or feed.asleep or feed.shedding)
            if session.steady:
                self._retry.reset()
                self._refused.reset()
            pace.asked(now_s)
        raise CameraError("the recording is at its end")


class _Session:
    """One connection as it is reported: alive once a picture decodes, blind if none does, size and rate as they are."""

    def __init__(self, video: VideoFormat, board: Board, now_s: float) -> None:
        self._board = board
        self._codec = video.codec
        self._size = (video.width, video.height)
        self._fps = video.fps
        self._began_s = self._seen_s = self._counted_s = now_s
        self._units = 0
        self._alive = False
        self._show()

    @property
    def steady(self) -> bool:
        """Whether it has worked for a while, so that the next failure is a new one."""
        return self._alive and self._seen_s - self._began_s > STEADY_S

    def took(self, now_s: float, pictures: list[Picture], unasked: bool) -> None:
        """A unit came, with these pictures. CameraError if none has decoded for long, unless `unasked` for."""
        self._count(now_s)
        if pictures:
            self._seen_s = now_s
            if not self._alive:
                self._alive = True
                self._board.camera(CameraState.ONLINE)
            if pictures[-1].size != self._size:
                self._size = pictures[-1].size
                self._show()
        elif unasked:
            self._seen_s = now_s
        elif now_s - self._seen_s > BLIND_S:
            raise CameraError("its pictures cannot be decoded")

    def _count(self, now_s: float) -> None:
        """Cameras say all sorts of rates: report what really comes."""
        self._units += 1
        if now_s - self._counted_s >= RATE_WINDOW_S:
            fps = self._units / (now_s - self._counted_s)
            self._units, self._counted_s = 0, now_s
            if abs(fps - self._fps) > RATE_DIFFERS * max(fps, self._fps):
                self._fps = fps
                self._show()

    def _show(self) -> None:
        self._board.video(self._codec, self._size, self._fps)
