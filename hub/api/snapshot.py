"""An alert's picture, whole or cut to the face; what the device sent is measured before it is decoded."""

from functools import lru_cache

import cv2
import numpy as np

from hub.errors import NotFound
from hub.store.alerts import AlertRow
from hub.store.errors import PictureError
from hub.store.pictures import PictureStore, Place

MAX_PIXELS = 4096 * 4096
MARGIN = 0.4  # of the face's larger side, on each side
CROPS = 200
START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def picture(pictures: PictureStore, row: AlertRow) -> bytes:
    """The JPEG of an alert; NotFound when there is none, or none any more."""
    place, digest = row.place, row.picture_sha256
    if place is None or digest is None:
        raise NotFound("this alert has no picture")
    try:
        return pictures.read(place, bytes(digest))
    except PictureError as error:
        raise NotFound(f"the picture is gone: {error}") from error


def face(pictures: PictureStore, row: AlertRow) -> bytes:
    """The JPEG of the face with some of what is around it."""
    place, digest = row.place, row.picture_sha256
    if place is None or digest is None:
        raise NotFound("this alert has no picture")
    try:
        return _cut(pictures, place, bytes(digest), tuple(row.box))
    except PictureError as error:
        raise NotFound(f"the picture is gone: {error}") from error


@lru_cache(CROPS)
def _cut(pictures: PictureStore, place: Place, digest: bytes, box: tuple[float, ...]) -> bytes:
    jpeg = pictures.read(place, digest)
    size = jpeg_size(jpeg)
    if size is None or size[0] * size[1] > MAX_PIXELS:
        raise PictureError("it is no JPEG that could be cut")
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise PictureError("it cannot be decoded")
    left, top, right, bottom = around(box, pixels.shape[1], pixels.shape[0])
    done, cut = cv2.imencode(".jpg", pixels[top:bottom, left:right], [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not done:
        raise PictureError("it cannot be encoded")
    return cut.tobytes()


def around(box: tuple[float, ...], width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the cut: the box and its margin, within the picture and never empty."""
    x, y, w, h = box
    margin = MARGIN * max(w, h)
    left = min(max(0, int(x - margin)), width - 1)
    top = min(max(0, int(y - margin)), height - 1)
    right = min(width, max(left + 1, int(x + w + margin)))
    bottom = min(height, max(top + 1, int(y + h + margin)))
    return left, top, right, bottom


def jpeg_size(jpeg: bytes) -> tuple[int, int] | None:
    """Width and height from the frame header (ITU-T T.81, B.2.2), None where there is none."""
    at = 2
    while jpeg[:2] == b"\xff\xd8" and at + 9 <= len(jpeg) and jpeg[at] == 0xFF:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if marker in START_OF_FRAME:
            return int.from_bytes(jpeg[at + 7 : at + 9], "big"), int.from_bytes(jpeg[at + 5 : at + 7], "big")
        at += 2 + length
    return None
