"""The stream to watch, where faces are looked for in a smaller one of the same camera: read only while watched."""

from collections.abc import Callable

from edge.camera.base import Camera, Picture, Unit, VideoFormat
from edge.clock import Clock
from edge.pipeline.meter import Meter
from edge.pipeline.reading import Reading
from edge.pipeline.streaming import Streaming
from edge.pipeline.viewing import Viewing
from edge.seeing.forecast import Forecast
from edge.stream.boxed import Shot
from edge.values import Box
from edge.wire.messages import CameraState

ENDING_S = 0.5


class Showing:
    """Takes the units and pictures of the watched stream; the boxes come from looks at the other one.

    `want` and `stop` are called on one thread, the rest on the reading thread that this starts.
    """

    busy = False
    face_px = 1

    def __init__(
        self,
        make_camera: Callable[[], Camera],
        viewing: Viewing,
        streaming: Streaming,
        forecast: Callable[[], Forecast],
        meter: Meter,
        clock: Clock,
    ) -> None:
        self._make_camera = make_camera
        self._viewing = viewing
        self._streaming = streaming
        self._forecast = forecast
        self._meter = meter
        self._clock = clock
        self._ending: Reading | None = None
        self._reading: Reading | None = None

    def want(self, wanted: bool, name: str) -> None:
        """Read from now on, or no longer."""
        if wanted and self._reading is None:
            self.join(ENDING_S)
            self._reading = Reading(self._make_camera, self, self, self._meter, self._clock)
            self._reading.start(name)
        elif not wanted:
            self.stop()

    def stop(self) -> None:
        """Begin to stop."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.stop()
            self._ending = reading

    def join(self, timeout_s: float) -> None:
        """Wait for the end after `stop`."""
        if self._ending is not None:
            self._ending.join(timeout_s)

    @property
    def watched(self) -> bool:
        return self._viewing.burning

    @property
    def blind(self) -> bool:
        return not self._viewing.burning

    def due(self, time_s: float) -> bool:
        return False

    def opened(self, video: VideoFormat) -> None:
        self._viewing.opened(video)

    def arrived(self, unit: Unit) -> None:
        self._viewing.saw(unit, self._forecast())

    def offer(self, picture: Picture, late: bool) -> None:
        if self.watched and not late:
            boxes = scaled(self._forecast(), picture.time_s, picture.size)
            self._viewing.show(Shot(picture.planes(), boxes, picture.time_s, picture.captured_at))

    def camera(self, state: CameraState, reason: str = "") -> None:
        """What became of the watched stream: the camera itself is as the other one is."""
        if state is CameraState.OFFLINE:
            self._streaming.missing(f"the stream to watch: {reason}")

    def video(self, codec: str, size: tuple[int, int], fps: float) -> None:
        """The camera is reported as its other stream is."""


def scaled(forecast: Forecast, time_s: float, size: tuple[int, int]) -> tuple[Box, ...]:
    """The boxes of that time in pixels of a picture of another size."""
    if not all(forecast.size):
        return ()
    x, y = size[0] / forecast.size[0], size[1] / forecast.size[1]
    return tuple(Box(box.x * x, box.y * y, box.w * x, box.h * y) for box in forecast.at(time_s))
