"""Boxes drawn on YUV planes: on a copy, for a decoded picture is a reference for the ones that follow."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from edge.values import Box, Planes

BOX_RGB = (0, 230, 118)
"""Bright green, #00E676; the dashboard uses the same."""
THIN_HEIGHT = 600
"""Below this picture height a line is 2 pixels wide, else 4: it survives 4:2:0 and a small tile."""


@dataclass(frozen=True, slots=True)
class Yuv:
    """One colour as Y, Cb, Cr (8 bit)."""

    y: int
    u: int
    v: int


def yuv_of(rgb: tuple[int, int, int], bt709: bool, full_range: bool) -> Yuv:
    """The colour in the picture's own kind of YUV (ITU-R BT.601 or BT.709, limited or full range)."""
    kr, kb = (0.2126, 0.0722) if bt709 else (0.299, 0.114)
    r, g, b = (channel / 255 for channel in rgb)
    luma = kr * r + (1 - kr - kb) * g + kb * b
    blue, red = (b - luma) / (2 * (1 - kb)), (r - luma) / (2 * (1 - kr))
    base, scale, chroma = (0, 255, 255) if full_range else (16, 219, 224)
    return Yuv(round(base + scale * luma), round(128 + chroma * blue), round(128 + chroma * red))


def draw(canvas: Planes, boxes: Iterable[Box], colour: Yuv) -> None:
    """A rectangle around each box, cut off at the edges, written into the canvas."""
    line = 2 if canvas.height < THIN_HEIGHT else 4
    for box in boxes:
        _draw(canvas, box, colour, line)


def _draw(planes: Planes, box: Box, colour: Yuv, line: int) -> None:
    left, top = _even(box.x), _even(box.y)
    right, bottom = _even(box.x + box.w), _even(box.y + box.h)
    for x0, y0, x1, y1 in (
        (left, top, right, top + line),
        (left, bottom - line, right, bottom),
        (left, top, left + line, bottom),
        (right - line, top, right, bottom),
    ):
        _fill(planes, (max(0, x0), max(0, y0), max(0, x1), max(0, y1)), colour)


def _fill(planes: Planes, area: tuple[int, int, int, int], colour: Yuv) -> None:
    x0, y0, x1, y1 = area
    planes.y[y0:y1, x0:x1] = np.uint8(colour.y)
    planes.u[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2] = np.uint8(colour.u)
    planes.v[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2] = np.uint8(colour.v)


def _even(length: float) -> int:
    return 2 * round(length / 2)
