"""The Raspberry Pi's own camera through picamera2, imported only here: YUV 4:2:0 straight from the sensor."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.camera.address import Address
from edge.camera.base import Decoder, Effort, Picture, Unit, VideoFormat
from edge.clock import Clock
from edge.errors import CameraError
from edge.values import Plane, Planes

WIDTH, HEIGHT, FPS = 1280, 720, 25
WAIT_S = 1.0
SILENT_WAITS = 5


class PiCamera:
    """Camera number `target`; its ISP scales and converts, so pictures arrive as planes and cost no decoding."""

    def __init__(self, address: Address, clock: Clock) -> None:
        self._number = int(address.target) if address.target.isdigit() else 0
        self._clock = clock
        self._stop = threading.Event()
        self._device: Any = None
        self._interleaved = False

    def open(self) -> None:
        try:
            from picamera2 import Picamera2
        except ImportError:
            raise CameraError("picamera2 is not installed on this device (apt install python3-picamera2)") from None
        cameras = Picamera2.global_camera_info()
        if self._number >= len(cameras):
            raise CameraError(f"there is no Raspberry Pi camera {self._number} ({len(cameras)} found)")
        try:
            self._device = Picamera2(self._number)
            self._device.configure(
                self._device.create_video_configuration(
                    main={"size": (WIDTH, HEIGHT), "format": "YUV420"}, controls={"FrameRate": FPS}, buffer_count=4
                )
            )
            self._interleaved = _is_interleaved(self._device.camera_configuration()["main"])
            self._device.start()
        except (RuntimeError, OSError) as error:
            raise CameraError(f"the Raspberry Pi camera does not start ({error})") from None

    @property
    def format(self) -> VideoFormat:
        return VideoFormat("raw", WIDTH, HEIGHT, float(FPS), bt709=True)

    def units(self) -> Iterator[Unit]:
        silent = 0
        while not self._stop.is_set():
            stacked = self._capture()
            if stacked is not None:
                silent = 0
                yield Unit(self._clock.monotonic(), self._clock.wall(), True, True, stacked.nbytes, stacked)
                continue
            silent += 1
            if silent >= SILENT_WAITS:
                raise CameraError(f"stalled for {silent * WAIT_S:.0f} s")
        raise CameraError("stopped")

    def _capture(self) -> NDArray[np.uint8] | None:
        """One picture as (H * 3 / 2, stride) I420, None if none came in time."""
        try:
            job = self._device.capture_array("main", wait=False)
            return np.asarray(self._device.wait(job, timeout=WAIT_S), np.uint8)
        except TimeoutError:
            self._device.cancel_all_and_flush()
            return None

    def decoder(self, effort: Effort) -> Decoder:
        return _Unstack(self._interleaved)

    def interrupt(self) -> None:
        self._stop.set()

    def close(self) -> None:
        self._stop.set()
        if self._device is not None:
            self._device.stop()
            self._device.close()


@dataclass(frozen=True, slots=True)
class StackedPicture:
    """A picture of picamera2: the planes of I420, or of NV12 if `interleaved`, one above the other, rows padded."""

    stacked: NDArray[np.uint8] = field(repr=False)
    time_s: float
    captured_at: float
    interleaved: bool = False
    size: tuple[int, int] = (WIDTH, HEIGHT)

    def planes(self) -> Planes:
        return Planes(self.stacked[:HEIGHT, :WIDTH], self._chroma(0), self._chroma(1))

    def _chroma(self, which: int) -> Plane:
        if self.interleaved:
            return np.ascontiguousarray(self.stacked[HEIGHT:, which:WIDTH:2])
        stride = self.stacked.shape[1]
        rows = self.stacked[HEIGHT:].reshape(2, HEIGHT // 2, stride // 2)
        return rows[which, :, : WIDTH // 2]


class _Unstack:
    def __init__(self, interleaved: bool) -> None:
        self._interleaved = interleaved

    def decode(self, unit: Unit) -> list[Picture]:
        assert isinstance(unit.payload, np.ndarray)
        return [StackedPicture(unit.payload, unit.time_s, unit.captured_at, self._interleaved)]

    def rest(self) -> list[Picture]:
        return []


def _is_interleaved(main: Mapping[str, Any]) -> bool:
    """picamera2 gives what it can, not what was asked for: a pipeline that knows no YUV420 answers with NV12."""
    if tuple(main["size"]) != (WIDTH, HEIGHT) or main["format"] not in ("YUV420", "NV12"):
        raise CameraError(f"the Raspberry Pi camera gives {main['format']} in {main['size']}, which we cannot use")
    return bool(main["format"] == "NV12")
