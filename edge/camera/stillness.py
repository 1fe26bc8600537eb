"""Whether two pictures of a camera show the same: coarse blocks of luma compared, cheap enough for every look."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.base import Picture
from edge.values import Plane

STEP = 4
BLOCK = 16
CONTRAST = 8.0
"""Grey levels by which the mean of a 16x16 block must differ from before."""
NOISE_FACTOR = 8.0
"""And by so many deviations of all blocks: an encoder redraws its whole picture with every key picture."""


class Stillness:
    """Remembers the last picture, coarsely."""

    def __init__(self) -> None:
        self._blocks: NDArray[np.float32] | None = None

    def moved(self, luma: Plane) -> bool:
        """Whether the (H, W) plane differs anywhere from the one before, a change of exposure aside."""
        before, self._blocks = self._blocks, _blocks(luma)
        if before is None or before.shape != self._blocks.shape:
            return True
        change = self._blocks - before
        size = np.abs(change - np.median(change))
        return float(size.max()) > max(CONTRAST, NOISE_FACTOR * 1.4826 * float(np.median(size)))


class Comparison:
    """Pictures compared, each with the one before."""

    def __init__(self) -> None:
        self.time_s = float("-inf")
        self._stillness = Stillness()

    def moved(self, picture: Picture) -> bool:
        """Whether the picture shows a change; it is then the one to compare with."""
        self.time_s = picture.time_s
        return self._stillness.moved(picture.planes().y)

    def begin(self, picture: Picture) -> None:
        """Compare with this one from now on."""
        self.moved(picture)


def _blocks(luma: Plane) -> NDArray[np.float32]:
    """The mean of each block, from every fourth pixel of every fourth row."""
    sparse = np.ascontiguousarray(luma[::STEP, ::STEP])
    size = (max(1, luma.shape[1] // BLOCK), max(1, luma.shape[0] // BLOCK))
    return np.asarray(cv2.resize(sparse, size, interpolation=cv2.INTER_AREA), np.float32)
