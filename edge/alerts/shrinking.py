"""A visit's picture at half its width and height: what an outbox without room keeps before it keeps none."""

from dataclasses import replace
from hashlib import sha256

import cv2
import numpy as np

from edge.wire.messages import Visit

QUALITY = 70
LEAST_PX = 64


def shrunk(visit: Visit) -> Visit | None:
    """The same visit with a smaller picture, its box in the smaller one's pixels; None if that saves nothing."""
    picture = cv2.imdecode(np.frombuffer(visit.picture, np.uint8), cv2.IMREAD_COLOR) if visit.picture else None
    if picture is None or min(picture.shape[:2]) < 2 * LEAST_PX:
        return None
    half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    done, jpeg = cv2.imencode(".jpg", half, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    small = jpeg.tobytes()
    if not done or len(small) >= len(visit.picture):
        return None
    x, y, w, h = visit.box
    box = (x / 2, y / 2, w / 2, h / 2)
    return replace(visit, picture=small, picture_sha256=sha256(small).digest(), box=box)
