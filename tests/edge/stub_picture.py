"""A picture without a codec behind it: grey, its upper half as much lighter as a test says."""

from dataclasses import dataclass

import numpy as np

from edge.values import Planes

SHAPE = (240, 320)


@dataclass
class StubPicture:
    """One decoded picture; `size` is width and height, of SHAPE's rows and columns."""

    time_s: float
    captured_at: float
    shade: int
    size: tuple[int, int] = (SHAPE[1], SHAPE[0])

    def planes(self) -> Planes:
        y = np.full(SHAPE, 90, np.uint8)
        y[:120] += np.uint8(self.shade)
        chroma = np.full((120, 160), 128, np.uint8)
        return Planes(y, chroma, chroma)
