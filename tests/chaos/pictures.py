"""Small real JPEGs, each with bytes of its own, so that no picture can be taken for another."""

from functools import cache
from random import Random

import cv2
import numpy as np

COMMENT = b"\xff\xfe"
LARGEST = 12_000


@cache
def _plain() -> bytes:
    gradient = np.linspace(0, 255, 64 * 48, dtype=np.uint8).reshape(48, 64)
    return cv2.imencode(".jpg", gradient)[1].tobytes()


def picture(random: Random) -> bytes:
    """A 64x48 JPEG with a comment segment (ITU-T T.81, B.2.4.5) of up to LARGEST random bytes."""
    comment = random.randbytes(random.randrange(200, LARGEST))
    plain = _plain()
    return plain[:2] + COMMENT + (len(comment) + 2).to_bytes(2, "big") + comment + plain[2:]
