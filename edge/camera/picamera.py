"""The Raspberry Pi's own camera as a source: `picamera://0` is the large stream of camera 0, `picamera://0/lores` the
small one, half as wide and high, to find faces in while the large one is watched."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from edge.camera import pimodule
from edge.camera.address import Address
from edge.camera.base import Decoder, Effort, Picture, Unit, VideoFormat
from edge.camera.mode import Mode, split
from edge.camera.pimodule import STREAMS, Exposure, PiModule, Taker
from edge.clock import Clock
from edge.errors import CameraError
from edge.values import Planes

BT709_FROM = (1280, 720)
"""picamera2 takes ITU-R BT.709 from this size of the large stream on, and BT.601 below (create_video_configuration)."""


class PiCamera:
    """One stream of a module; its pictures arrive as planes and cost no decoding, no conversion and no scaling."""

    def __init__(self, address: Address, clock: Clock) -> None:
        place, self._mode = split(address.target)
        number, _, stream = place.partition("/")
        self._number = int(number) if number.isdecimal() else -1
        self._stream = stream or "main"
        self._clock = clock
        self._taker = Taker()
        self._module: PiModule | None = None

    def open(self) -> None:
        if self._number < 0 or self._stream not in STREAMS:
            raise CameraError("not a Raspberry Pi camera: use picamera://0 or picamera://0/lores")
        self._module = pimodule.join(self._number, self._mode, self._clock, self._taker)

    @property
    def format(self) -> VideoFormat:
        assert self._module is not None
        width, height = self._module.size(self._stream)
        return VideoFormat("raw", width, height, self._mode.fps, bt709=_is_bt709(self._mode))

    def units(self) -> Iterator[Unit]:
        while True:
            exposure = self._taker.take()
            try:
                yield Unit(exposure.time_s, exposure.captured_at, True, 0, exposure)
            finally:
                exposure.release()

    def decoder(self, effort: Effort) -> Decoder:
        return _Planes(self._stream, self.format)

    def interrupt(self) -> None:
        self._taker.end("stopped")

    def close(self) -> None:
        if self._module is not None:
            pimodule.leave(self._module, self._taker)


@dataclass(frozen=True, slots=True)
class ExposedPicture:
    """A picture that is still in the module's buffer; it is gone once the camera is asked for the next unit."""

    exposure: Exposure = field(repr=False)
    stream: str
    size: tuple[int, int]

    @property
    def time_s(self) -> float:
        return self.exposure.time_s

    @property
    def captured_at(self) -> float:
        return self.exposure.captured_at

    def planes(self) -> Planes:
        return self.exposure.planes(self.stream)


@dataclass(frozen=True, slots=True)
class _Planes:
    stream: str
    video: VideoFormat

    def decode(self, unit: Unit) -> list[Picture]:
        assert isinstance(unit.payload, Exposure)
        return [ExposedPicture(unit.payload, self.stream, (self.video.width, self.video.height))]

    def rest(self) -> list[Picture]:
        return []


def _is_bt709(mode: Mode) -> bool:
    return mode.width >= BT709_FROM[0] and mode.height >= BT709_FROM[1]
