"""The reading thread of one camera: opens it, decodes as little as is needed, hands pictures on, tries again."""

import threading
from collections.abc import Callable
from typing import Protocol

from edge.camera.base import Camera, Picture, RefusedError, VideoFormat
from edge.camera.feed import Feed, Interest
from edge.clock import Clock
from edge.errors import CameraError
from edge.meter import Meter
from edge.state import StateBoard
from edge.wire.messages import CameraState
from edge.worker import Backoff, start

FIRST_RETRY_S, LAST_RETRY_S = 0.5, 4.0
REFUSED_FIRST_S, REFUSED_LAST_S = 5.0, 60.0
STEADY_S = 10.0
BLIND_S = 10.0
"""A camera whose units come but do not decode for so long has failed."""


class Taker(Interest, Protocol):
    """Who gets the pictures; called on the reading thread."""

    @property
    def face_px(self) -> int:
        """The height of the smallest face of interest."""

    def opened(self, video: VideoFormat) -> None:
        """A camera was opened: this is what it sends."""

    def arrived(self) -> None:
        """The camera is alive, though its unit may not be decoded."""

    def offer(self, picture: Picture, late: bool) -> None:
        """The newest picture, or one that is late because the camera was just woken. CameraError if it is no use."""


class Reading:
    """Reads one camera, again and again, until stopped."""

    def __init__(
        self, make_camera: Callable[[], Camera], taker: Taker, board: StateBoard, meter: Meter, clock: Clock
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
        self._board.video(video.codec, video.width, video.height, video.fps)
        feed = Feed(camera, self._taker, self._taker.face_px)
        began_s = seen_s = self._clock.monotonic()
        for unit in camera.units():
            if self._stopping.is_set():
                return
            self._meter.arrived()
            self._taker.arrived()
            now_s = self._clock.monotonic()
            pictures = feed.take(unit)
            for index, picture in enumerate(pictures, start=1):
                self._taker.offer(picture, late=index < len(pictures))
            if pictures or feed.asleep:
                seen_s = now_s
            self._judge(began_s, seen_s, now_s)
        raise CameraError("the recording is at its end")

    def _judge(self, began_s: float, seen_s: float, now_s: float) -> None:
        if now_s - seen_s > BLIND_S:
            raise CameraError("its pictures cannot be decoded")
        if seen_s > began_s:
            self._board.camera(CameraState.ONLINE)
        if seen_s - began_s > STEADY_S:
            self._retry.reset()
            self._refused.reset()
