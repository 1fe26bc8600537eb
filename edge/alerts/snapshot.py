"""The picture of an alert: the whole frame as a JPEG, the face framed thinly."""

from collections.abc import Iterable
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.stream.annotate import BOX_RGB
from edge.values import BestShot, Box, Planes
from edge.wire.messages import PICTURE_LIMIT

Bgr = NDArray[np.uint8]
LONG_SIDE = 1920
QUALITY = 80
LEAST_QUALITY = 30
THICK_FROM = 1200


def snapshot(best: BestShot) -> tuple[bytes, Box]:
    """The JPEG (long side at most 1920 pixels, at most PICTURE_LIMIT bytes) and the face's box in its pixels."""
    picture, scale = _picture(best.frame.planes)
    face = best.face.box
    box = _inside(Box(face.x * scale, face.y * scale, face.w * scale, face.h * scale), *picture.shape[1::-1])
    _frame(picture, box)
    return _jpeg(picture), box


def plain_snapshot(planes: Planes) -> bytes:
    """The picture as such a JPEG, nothing drawn on it."""
    return _jpeg(_picture(planes)[0])


def framed_snapshot(planes: Planes, boxes: Iterable[Box]) -> bytes:
    """The picture as such a JPEG, each face framed."""
    picture, scale = _picture(planes)
    for box in boxes:
        face = Box(box.x * scale, box.y * scale, box.w * scale, box.h * scale)
        _frame(picture, _inside(face, *picture.shape[1::-1]))
    return _jpeg(picture)


def _picture(planes: Planes) -> tuple[Bgr, float]:
    """The picture to be drawn on and stored, and its scale."""
    scale = min(1.0, LONG_SIDE / max(planes.width, planes.height))
    picture = _bgr(planes)
    if scale < 1:
        picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return picture, scale


def _jpeg(picture: Bgr) -> bytes:
    """As good as fits into a message."""
    for quality in range(QUALITY, LEAST_QUALITY - 1, -10):
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if len(data) <= PICTURE_LIMIT:
            break
    return data.tobytes()


def _bgr(planes: Planes) -> Bgr:
    packed = np.concatenate([planes.y.ravel(), planes.u.ravel(), planes.v.ravel()])
    stacked = packed.reshape(planes.height * 3 // 2, planes.width)
    return np.asarray(cv2.cvtColor(stacked, cv2.COLOR_YUV2BGR_I420), np.uint8)


def _inside(box: Box, width: int, height: int) -> Box:
    left, top = min(max(0.0, box.x), width - 1.0), min(max(0.0, box.y), height - 1.0)
    right, bottom = min(box.x + box.w, float(width)), min(box.y + box.h, float(height))
    return Box(left, top, max(1.0, right - left), max(1.0, bottom - top))


def _frame(picture: Bgr, box: Box) -> None:
    """Just outside the box, so that no pixel of the face is covered; on even pixels, where 4:2:0 keeps the colour."""
    line = 2 if max(picture.shape[:2]) < THICK_FROM else 4
    left, top = 2 * floor(box.x / 2) - line, 2 * floor(box.y / 2) - line
    right, bottom = 2 * ceil((box.x + box.w) / 2) + line, 2 * ceil((box.y + box.h) / 2) + line
    for first, last in (
        ((left, top), (right, top + line)),
        ((left, bottom - line), (right, bottom)),
        ((left, top), (left + line, bottom)),
        ((right - line, top), (right, bottom)),
    ):
        cv2.rectangle(picture, first, (last[0] - 1, last[1] - 1), BOX_RGB[::-1], cv2.FILLED)
