"""Cuts what a model shall see out of a picture: any square, upright, turned or mirrored, black beyond the border.

Only the model's own few pixels are ever converted to RGB; a full-size RGB picture is never made from YUV.
Sampling is bilinear at integer grid corners with a zero border, as MediaPipe's ImageToTensorCalculator does it.
"""

from dataclasses import dataclass
from math import cos, sin
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.values import Plane, Planes

Floats = NDArray[np.float32]

SAMPLING = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
BLACK_Y, NO_COLOUR = 16.0, 128.0


@dataclass(frozen=True, slots=True)
class View:
    """A square of a picture: centre and side in its pixels, turned clockwise by `angle` radians, maybe mirrored."""

    x: float
    y: float
    side: float
    angle: float = 0.0
    mirrored: bool = False

    def matrix(self, pixels: int) -> Floats:
        """(2, 3) map from a model's input of `pixels` by `pixels` to the picture."""
        step, half = self.side / pixels, pixels / 2
        sine, cosine, across = sin(self.angle) * step, cos(self.angle) * step, -1.0 if self.mirrored else 1.0
        left, top = self.x - (across * cosine - sine) * half, self.y - (across * sine + cosine) * half
        return np.array([[across * cosine, -sine, left], [across * sine, cosine, top]], np.float32)

    def to_picture(self, points: Floats) -> Floats:
        """Points (..., 2) as fractions of the view, in pixels of the picture."""
        turn = self.matrix(1)
        mapped: Floats = (points @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
        return mapped


def whole(width: int, height: int) -> View:
    """The smallest square that holds the whole picture: the classic letterbox."""
    return View(width / 2, height / 2, max(width, height))


class Image(Protocol):
    """A picture that views can be cut from."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    def cut(self, view: View, pixels: int) -> Plane:
        """The view as RGB (pixels, pixels, 3) uint8."""


@dataclass(frozen=True, slots=True)
class RgbImage:
    """A still picture, (H, W, 3) uint8."""

    rgb: Plane

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    def cut(self, view: View, pixels: int) -> Plane:
        return _sample(self.rgb, view.matrix(pixels), pixels, 0.0)


@dataclass(frozen=True, slots=True)
class YuvImage:
    """A decoded frame, YUV 4:2:0 (BT.601, studio range)."""

    planes: Planes

    @property
    def width(self) -> int:
        return self.planes.width

    @property
    def height(self) -> int:
        return self.planes.height

    def cut(self, view: View, pixels: int) -> Plane:
        matrix, half = view.matrix(pixels), pixels // 2
        matrix_uv = matrix.copy()
        matrix_uv[:, 2] /= 2
        small = np.empty((pixels * 3 // 2, pixels), np.uint8)
        small[:pixels] = _sample(self.planes.y, matrix, pixels, BLACK_Y)
        colour = small[pixels:].reshape(2, half, half)
        colour[0] = _sample(self.planes.u, matrix_uv, half, NO_COLOUR)
        colour[1] = _sample(self.planes.v, matrix_uv, half, NO_COLOUR)
        return np.asarray(cv2.cvtColor(small, cv2.COLOR_YUV2RGB_I420), np.uint8)


def _sample(source: Plane, matrix: Floats, pixels: int, border: float) -> Plane:
    size = (pixels, pixels)
    return np.asarray(cv2.warpAffine(source, matrix, size, flags=SAMPLING, borderValue=[border] * 3), np.uint8)
