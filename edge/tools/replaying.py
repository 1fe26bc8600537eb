"""A recording through the pipeline's own stages, one after the other, as fast as they go and without drops."""

from collections.abc import Callable
from dataclasses import dataclass

from edge.camera.base import Camera, Picture, Unit, VideoFormat
from edge.camera.feed import Feed
from edge.errors import CameraError
from edge.pipeline.lookout import Lookout
from edge.stream.boxed import BoxedVideo, Shot
from edge.stream.encoder import AccessUnit, VideoShape
from edge.stream.passing import Passable, Passed, access_unit
from edge.values import Box
from edge.wire.messages import BoxStyle

Viewer = Callable[[AccessUnit, VideoShape], None]
"""Takes the video that is watched, one access unit after the other."""
Observer = Callable[[float, tuple[Box, ...]], None]
"""Takes the time of each frame as it arrives, and the boxes that are known then."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What went through: units of the recording, and pictures decoded from them."""

    frames: int
    decoded: int
    first_s: float


class Replay:
    """Runs one camera to its end, or for `limit` frames.

    With a viewer every picture is drawn on and encoded, or passed as it is with its boxes beside it if it can be.
    """

    def __init__(
        self,
        camera: Camera,
        lookout: Lookout,
        face_px: int,
        viewer: Viewer | None,
        boxes: BoxStyle = BoxStyle.BURNT,
    ) -> None:
        self._camera = camera
        self._lookout = lookout
        self._face_px = face_px
        self._viewer = viewer
        self._passable = Passable() if boxes is BoxStyle.OVERLAY else None
        self._video: VideoFormat | None = None
        self._boxed: BoxedVideo | None = None
        self._decoded = 0
        self._first_s: float | None = None
        self._last: Picture | None = None

    @property
    def first_s(self) -> float:
        """The time of the first picture on the stream's clock, 0 before there is one."""
        return self._first_s or 0.0

    @property
    def watched(self) -> bool:
        return self._viewer is not None and not self._passes

    @property
    def _passes(self) -> bool:
        return self._passable is not None and not self._passable.reason

    @property
    def busy(self) -> bool:
        return self._lookout.busy

    def due(self, time_s: float) -> bool:
        return self._lookout.schedule.due(time_s)

    def run(
        self,
        limit: int | None = None,
        progress: Callable[[int], None] = lambda _: None,
        observer: Observer | None = None,
    ) -> Replayed:
        """Open, read, close. CameraError if the recording cannot be read or holds no picture."""
        frames = 0
        try:
            self._camera.open()
            if self._passable is not None:
                self._passable.opened(self._camera.format)
            feed = Feed(self._camera, self, self._face_px)
            for unit in self._camera.units():
                self._pass(unit)
                self._see(feed.take(unit))
                if observer is not None:
                    observer(unit.time_s, self._lookout.forecast.at(unit.time_s))
                frames += 1
                progress(frames)
                if limit is not None and frames >= limit:
                    break
            self._see(feed.rest())
        finally:
            self._camera.close()
        self._finish()
        return Replayed(frames, self._decoded, self.first_s)

    def _pass(self, unit: Unit) -> None:
        if self._viewer is None or self._passable is None:
            return
        self._passable.saw(unit)
        if self._passes:
            video = self._video = self._video or self._camera.format
            passed = Passed(unit, video, self._lookout.forecast, unit.time_s)
            self._viewer(access_unit(passed), VideoShape(video.width, video.height, video.fps))

    def _finish(self) -> None:
        if self._last is None:
            raise CameraError("there is no picture in it that can be decoded")
        self._lookout.close(self._last.time_s, self._last.captured_at)

    def _see(self, pictures: list[Picture]) -> None:
        for picture in pictures:
            self._see_one(picture)

    def _see_one(self, picture: Picture) -> None:
        self._decoded += 1
        self._last = picture
        if self._first_s is None:
            self._first_s = picture.time_s
        schedule = self._lookout.schedule
        schedule.passed(picture.time_s)
        due = schedule.due(picture.time_s)
        if not (due or self.watched):
            return
        frame = self._lookout.frame(picture)
        if due:
            self._lookout.look(frame)
        if self.watched:
            self._show(Shot(frame.planes, self._lookout.forecast.at(frame.time_s), frame.time_s, frame.captured_at))

    def _show(self, shot: Shot) -> None:
        assert self._viewer is not None
        if self._boxed is None or not self._boxed.fits(shot):
            self._boxed = BoxedVideo.of(self._camera.format, shot)
        for unit in self._boxed.units(shot):
            self._viewer(unit, self._boxed.shape)
