"""H.264 for watching, on planes: libx264, one picture in and one out, or the board's own encoder where it has one."""

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np
from av import VideoFrame
from av.codec.context import CodecContext
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from edge.errors import PublishError
from edge.values import Box, Plane, Planes

if TYPE_CHECKING:
    from av import Packet
    from av.video.stream import VideoStream

CLOCK_HZ = 90_000
GOP_UNITS = 600
BITS_PER_PIXEL = 0.14
LEAST_BPS, MOST_BPS = 400_000, 5_000_000
DEFAULT_FPS = 25.0
MOST_HELD = 64
"""Pictures that an encoder may hold back."""
LONG_SIDE = 1920
BT709, BT601, TV, PC = 1, 6, 1, 2
X264 = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "forced-idr": "1",
    "x264-params": "scenecut=0:repeat-headers=1:sliced-threads=0",
}


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One coded picture as an H.264 byte stream (ITU-T H.264 Annex B); key pictures carry their parameter sets.

    `boxes` are left to the player to draw, in pixels of a picture of `size`.
    """

    data: bytes = field(repr=False)
    key: bool
    time_s: float
    captured_at: float
    boxes: tuple[Box, ...] = ()
    size: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class VideoShape:
    """What an encoder is made for; `fps` only sets the key interval and the bit rate."""

    width: int
    height: int
    fps: float
    full_range: bool = False
    bt709: bool = False


class Kind(StrEnum):
    """Encoders by FFmpeg's names for them."""

    SOFTWARE = "libx264"
    HARDWARE = "h264_v4l2m2m"


@dataclass(frozen=True, slots=True)
class Effort:
    """What a picture may cost: the quantiser that libx264 keeps to, the bits per second that hardware keeps to."""

    qp: int
    bit_rate: int


class Encoder:
    """One H.264 encoder with the one picture that it draws from; another size or effort needs another encoder."""

    def __init__(self, shape: VideoShape, effort: Effort, kind: Kind = Kind.SOFTWARE) -> None:
        self.shape = shape
        self.kind = kind
        self._effort = effort
        self._context = _opened(shape, effort, kind)
        self._captured_at: dict[int, float] = {}
        self._frame = VideoFrame(shape.width, shape.height, "yuv420p")
        self._frame.time_base = Fraction(1, CLOCK_HZ)
        self.canvas = _writable(self._frame)
        """The picture to encode next, to be written to: planes of the shape's size."""
        self._last_pts = -1

    def serves(self, effort: Effort) -> bool:
        """Whether it keeps to that effort as it is."""
        if self.kind is Kind.SOFTWARE:
            return effort.qp == self._effort.qp
        return effort.bit_rate == self._effort.bit_rate

    def fill(self, planes: Planes) -> None:
        """Put a picture on the canvas, scaled where the sizes differ."""
        for source, target in zip(
            (planes.y, planes.u, planes.v), (self.canvas.y, self.canvas.u, self.canvas.v), strict=True
        ):
            if source.shape == target.shape:
                np.copyto(target, source)
            else:
                cv2.resize(source, target.shape[::-1], dst=target, interpolation=cv2.INTER_AREA)

    def encode(self, time_s: float, captured_at: float, key: bool) -> list[AccessUnit]:
        """What is ready: from libx264 the canvas itself, from hardware perhaps the one before.

        The first unit is a key picture, and any other on demand; `time_s` should grow. PublishError if it fails.
        """
        self._last_pts = max(self._last_pts + 1, round(time_s * CLOCK_HZ))
        self._frame.pts = self._last_pts
        self._frame.pict_type = PictureType.I if key else PictureType.NONE
        self._captured_at[self._last_pts] = captured_at
        try:
            packets = self._context.encode(self._frame)
        except FFmpegError as error:
            raise PublishError(f"the encoder failed ({error.strerror})") from None
        return [self._unit(packet) for packet in packets]

    def _unit(self, packet: "Packet[VideoStream]") -> AccessUnit:
        """Hardware counts microseconds, so its times come back a tick off: the nearest picture is the one."""
        stamped = self._last_pts if packet.pts is None else packet.pts
        pts = min(self._captured_at, key=lambda known: abs(known - stamped))
        captured_at = self._captured_at[pts]
        if len(self._captured_at) > MOST_HELD:
            self._captured_at = {later: at for later, at in self._captured_at.items() if later >= pts}
        return AccessUnit(bytes(packet), packet.is_keyframe, pts / CLOCK_HZ, captured_at)


def fitted(shape: VideoShape, width: int = 0, scale: float = 1.0) -> VideoShape:
    """The shape at most LONG_SIDE long, at most `width` wide (0: as it is) and then scaled, both sides even."""
    scale *= min(1.0, LONG_SIDE / max(shape.width, shape.height), (width or shape.width) / shape.width)
    width, height = (max(2, 2 * round(side * scale / 2)) for side in (shape.width, shape.height))
    return VideoShape(width, height, shape.fps, shape.full_range, shape.bt709)


def bit_rate_for(shape: VideoShape) -> int:
    """The most bits per second that a picture of this size may take."""
    fair = BITS_PER_PIXEL * shape.width * shape.height * (shape.fps or DEFAULT_FPS)
    return round(min(MOST_BPS, max(LEAST_BPS, fair)))


def _opened(shape: VideoShape, effort: Effort, kind: Kind) -> VideoCodecContext:
    try:
        context = CodecContext.create(kind, "w")
    except FFmpegError as error:
        raise PublishError(f"no {kind} ({error.strerror})") from None
    assert isinstance(context, VideoCodecContext)
    fps = shape.fps or DEFAULT_FPS
    context.width, context.height, context.pix_fmt = shape.width, shape.height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, CLOCK_HZ), Fraction(fps).limit_denominator(1001)
    context.color_range = PC if shape.full_range else TV
    context.colorspace = BT709 if shape.bt709 else BT601
    context.gop_size, context.max_b_frames, context.thread_count = GOP_UNITS, 0, 1
    if kind is Kind.SOFTWARE:
        context.options = {**X264, "qp": str(effort.qp)}
    else:
        context.bit_rate = effort.bit_rate
    try:
        context.open()
    except FFmpegError as error:
        raise PublishError(f"{kind} does not open ({error.strerror})") from None
    return context


def _writable(frame: VideoFrame) -> Planes:
    y, u, v = (_view(frame, index) for index in range(3))
    return Planes(y, u, v)


def _view(frame: VideoFrame, index: int) -> Plane:
    plane = frame.planes[index]
    width, height = (frame.width, frame.height) if index == 0 else (frame.width // 2, frame.height // 2)
    rows = np.frombuffer(memoryview(plane), np.uint8)
    return rows[: plane.line_size * height].reshape(height, plane.line_size)[:, :width]
