"""Decoded pictures of PyAV as YUV 4:2:0 planes: views where the layout fits, one conversion where it does not."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from av import VideoFrame
from av.video.plane import VideoPlane

from edge.camera.base import MAX_PIXELS
from edge.errors import CameraError
from edge.values import Plane, Planes

PLANAR = ("yuv420p", "yuvj420p")
TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
"""Degrees counterclockwise and OpenCV's name for them."""
BT709 = 1
FULL_RANGE = 2


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """A picture of PyAV; `turn` is how far, counterclockwise in degrees, players turn it: phones store it sideways."""

    frame: VideoFrame = field(repr=False)
    time_s: float
    captured_at: float
    turn: int = 0

    @property
    def size(self) -> tuple[int, int]:
        width, height = self.frame.width & ~1, self.frame.height & ~1
        return (height, width) if self.turn % 180 else (width, height)

    def planes(self) -> Planes:
        check_size(self.frame.width, self.frame.height)
        planar = self.frame if self.frame.format.name in PLANAR else self.frame.reformat(format="yuv420p")
        planes = planes_of(planar)
        return _turned(planes, TURNS[self.turn]) if self.turn in TURNS else planes


def check_size(width: int, height: int) -> None:
    """CameraError if a picture has no size, or one that would take too much memory."""
    if width < 2 or height < 2:
        raise CameraError("no picture: the stream has no video size")
    if width * height > MAX_PIXELS:
        raise CameraError(f"pictures of {width}x{height} are too large (at most {MAX_PIXELS / 1e6:.1f} megapixels)")


def planes_of(frame: VideoFrame) -> Planes:
    """Views of a planar 4:2:0 frame, odd sizes cut to even ones; the views keep the frame alive."""
    width, height = frame.width & ~1, frame.height & ~1
    y, u, v = frame.planes
    return Planes(_view(y, width, height), _view(u, width // 2, height // 2), _view(v, width // 2, height // 2))


def _view(plane: VideoPlane, width: int, height: int) -> Plane:
    rows = np.frombuffer(memoryview(plane), np.uint8)
    return rows[: plane.line_size * height].reshape(height, plane.line_size)[:, :width]


def _turned(planes: Planes, code: int) -> Planes:
    y, u, v = (np.asarray(cv2.rotate(np.ascontiguousarray(p), code), np.uint8) for p in (planes.y, planes.u, planes.v))
    return Planes(y, u, v)
