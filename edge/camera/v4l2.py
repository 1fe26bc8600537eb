"""Cameras on USB through OpenCV's V4L2: coded MJPEG or packed YUYV as the camera gives it, never BGR."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from av import Packet, VideoFrame
from av.codec.context import CodecContext
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from edge.camera.address import Address
from edge.camera.base import Decoder, Effort, Picture, Unit, VideoFormat
from edge.camera.mode import split
from edge.camera.picture import DecodedPicture, check_size
from edge.camera.reasons import reason_of
from edge.clock import Clock
from edge.errors import CameraError

MJPEG = cv2.VideoWriter.fourcc(*"MJPG")
YUYV = cv2.VideoWriter.fourcc(*"YUYV")
NAMES = {MJPEG: "mjpeg", YUYV: "yuyv422"}
SILENT_READS = 3
FASTEST_FPS = 240
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
"""Seconds that one read waits, read once at the first wait: a property for it V4L2 has not, and the default is 10."""


class V4l2Camera:
    """One V4L2 device; asks for MJPEG in the mode of its address and takes what the driver gives."""

    def __init__(self, address: Address, clock: Clock) -> None:
        self._device, self._mode = split(address.target)
        self._clock = clock
        self._stop = threading.Event()
        self._capture: cv2.VideoCapture | None = None
        self._format = VideoFormat("", 0, 0, 0.0)

    def open(self) -> None:
        path = Path(f"/dev/video{self._device}" if self._device.isdigit() else self._device)
        _look_for(path)
        # A property that the driver refuses here keeps the camera closed: the rate, which some have fixed, comes after.
        capture = self._capture = cv2.VideoCapture(
            str(path),
            cv2.CAP_V4L2,
            [
                *(cv2.CAP_PROP_FOURCC, MJPEG, cv2.CAP_PROP_CONVERT_RGB, 0),
                *(cv2.CAP_PROP_FRAME_WIDTH, self._mode.width, cv2.CAP_PROP_FRAME_HEIGHT, self._mode.height),
            ],
        )
        if not capture.isOpened():
            raise CameraError(f"{path} cannot be opened (used by another program, or no permission)")
        capture.set(cv2.CAP_PROP_FPS, round(self._mode.fps))
        self._format = _format_of(capture)

    @property
    def format(self) -> VideoFormat:
        return self._format

    def units(self) -> Iterator[Unit]:
        assert self._capture is not None
        silent = 0
        while not self._stop.is_set():
            came, data = self._capture.read()
            if came:
                silent = 0
                yield self._unit(np.asarray(data, np.uint8))
                continue
            silent += 1
            if silent >= SILENT_READS:
                raise CameraError("the camera gives no pictures (unplugged?)")
        raise CameraError("stopped")

    def _unit(self, data: NDArray[np.uint8]) -> Unit:
        return Unit(self._clock.monotonic(), self._clock.wall(), True, data.nbytes, data)

    def decoder(self, effort: Effort) -> Decoder:
        if self._format.codec == "mjpeg":
            return _JpegDecoder()
        return _RawDecoder(self._format)

    def interrupt(self) -> None:
        self._stop.set()

    def close(self) -> None:
        self._stop.set()
        if self._capture is not None:
            self._capture.release()


def _look_for(path: Path) -> None:
    try:
        path.stat()
    except FileNotFoundError:
        raise CameraError(f"there is no device {path} (not plugged in?)") from None
    except (OSError, ValueError) as error:
        raise CameraError(f"the device cannot be opened: {reason_of(error)}") from None


def _format_of(capture: cv2.VideoCapture) -> VideoFormat:
    codec = NAMES.get(int(capture.get(cv2.CAP_PROP_FOURCC)))
    if codec is None:
        raise CameraError("the camera gives neither MJPEG nor YUYV")
    width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    check_size(width, height)
    told = capture.get(cv2.CAP_PROP_FPS)
    fps = told if 0 < told <= FASTEST_FPS else 0.0
    return VideoFormat(codec, width & ~1, height & ~1, fps, full_range=codec == "mjpeg")


class _JpegDecoder:
    def __init__(self) -> None:
        context = CodecContext.create("mjpeg", "r")
        assert isinstance(context, VideoCodecContext)
        context.thread_count = 1
        self._context = context

    def decode(self, unit: Unit) -> list[Picture]:
        assert isinstance(unit.payload, np.ndarray)
        try:
            frames = self._context.decode(Packet(unit.payload.tobytes()))
        except FFmpegError:
            return []
        return [DecodedPicture(frame, unit.time_s, unit.captured_at) for frame in frames]

    def rest(self) -> list[Picture]:
        return []


@dataclass(frozen=True, slots=True)
class _RawDecoder:
    video: VideoFormat = field(repr=False)

    def decode(self, unit: Unit) -> list[Picture]:
        assert isinstance(unit.payload, np.ndarray)
        if unit.payload.size != self.video.width * self.video.height * 2:
            return []
        packed = unit.payload.reshape(self.video.height, self.video.width, 2)
        frame = VideoFrame.from_ndarray(packed, "yuyv422")
        return [DecodedPicture(frame, unit.time_s, unit.captured_at)]

    def rest(self) -> list[Picture]:
        return []
