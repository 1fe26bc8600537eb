"""Where something moves: a decimated luma plane against its running background; pure but for its own memory."""

from dataclasses import dataclass
from math import ceil, exp, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.values import Box, Plane

Floats = NDArray[np.float32]

SMALL_WIDTH = 320
"""Motion is judged on a picture about this wide: a 20 px face on a 1080p frame is still a blob of several pixels."""

MEMORY_S = 4.0
"""The background takes on a change within about this time, so slow light changes never count as motion."""

LASTING_MEMORY_S = 60.0
"""A second background, which takes on nothing that stands in front of it: it tells whether somebody is still there."""

MIN_CONTRAST = 6.0
"""Grey levels that count as change on a clean picture; sensor noise of sigma 3 is below 1 after the decimation."""

LEARNT_S = 3.0
NOISE_FACTOR = 6.0
MAX_NOISE = 3.0
CUT_SHARE = 0.6
"""So much of the picture differs from the background: it shows another scene, and is learnt anew."""

STIR_S = 0.15
STIR_CONTRAST = 8.0
STIR_REACH = 15
"""What has stirred reaches so far in the decimated picture: the inside of somebody in plain clothes moves unseen."""

BREAK_SHARE = 0.35
"""So much has changed since the last look: nobody walks like that, so everything is worth a look at once."""

MIN_AREA = 30
MAX_REGIONS = 24
OCCUPIED_SHARE = 0.25

SAMPLED = 6
GROWN = 2
REACH = np.ones((STIR_REACH, STIR_REACH), np.uint8)
GROWTH = np.ones((2 * GROWN + 1, 2 * GROWN + 1), np.uint8)
SPECK = np.ones((2, 2), np.uint8)


@dataclass(frozen=True, slots=True)
class Motion:
    """What moves: boxes in frame pixels, largest first; `cut`: most of the scene is new (a start, a cut, a light)."""

    regions: tuple[Box, ...]
    cut: bool


class MotionDetector:
    """One camera's backgrounds; `update` must see its frames in order of time."""

    def __init__(self) -> None:
        self._background: Floats | None = None
        self._earlier = np.empty((0, 0), np.float32)
        self._earlier_s = 0.0
        self._lasting = np.empty((0, 0), np.float32)
        self._foreground = np.empty((0, 0), np.uint8)
        self._step = (1.0, 1.0)
        self._time_s = 0.0
        self._started_s = 0.0

    def update(self, luma: Plane, time_s: float) -> Motion:
        """What differs from the background in the (H, W) luma plane of the frame at `time_s`."""
        small = self._decimate(luma)
        elapsed, self._time_s = max(0.0, time_s - self._time_s), time_s
        if self._background is None or self._background.shape != small.shape:
            return self._start(small)
        changed = _changed(small, self._background)
        if _share(changed) > CUT_SHARE:
            return self._start(small)
        cv2.accumulateWeighted(small, self._background, 1 - exp(-elapsed / MEMORY_S))
        stirred = self._stirred(small, time_s)
        self._foreground = _changed(small, self._lasting)
        cv2.accumulateWeighted(small, self._lasting, 1 - exp(-elapsed / LASTING_MEMORY_S), mask=1 - self._foreground)
        regions = _boxes(changed & _grown(stirred, REACH), self._step) if cv2.countNonZero(stirred) else ()
        return Motion(regions, cut=_share(stirred) > BREAK_SHARE)

    def occupied(self, box: Box) -> bool:
        """Whether something that was not always there is at that place, moving or not."""
        left, top = max(0, floor(box.x / self._step[0])), max(0, floor(box.y / self._step[1]))
        right, bottom = ceil((box.x + box.w) / self._step[0]), ceil((box.y + box.h) / self._step[1])
        place = self._foreground[top : max(top, bottom), left : max(left, right)]
        return place.size > 0 and _share(place) >= OCCUPIED_SHARE

    def unchanged(self, box: Box) -> bool:
        """Whether that place has long looked as it does now: what is seen there is scenery."""
        return self._time_s - self._started_s >= LEARNT_S and not self.occupied(box)

    def _decimate(self, luma: Plane) -> Floats:
        height, width = luma.shape
        factor = max(1.0, width / SMALL_WIDTH)
        size = (max(1, round(width / factor)), max(1, round(height / factor)))
        self._step = (width / size[0], height / size[1])
        small = cv2.GaussianBlur(cv2.resize(luma, size, interpolation=cv2.INTER_LINEAR), (3, 3), 0)
        return np.asarray(small, np.float32)

    def _stirred(self, small: Floats, time_s: float) -> Plane:
        """1 where something has changed within the last moment: the trail of who has passed is no motion any more."""
        stirred = _exceeds(small - self._earlier, STIR_CONTRAST)
        if time_s - self._earlier_s >= STIR_S:
            self._earlier, self._earlier_s = small, time_s
        return stirred

    def _start(self, small: Floats) -> Motion:
        self._background, self._lasting, self._earlier = small, small.copy(), small.copy()
        self._earlier_s = self._time_s
        self._started_s = self._time_s
        self._foreground = np.zeros(small.shape, np.uint8)
        return Motion((), cut=True)


def _changed(small: Floats, background: Floats) -> Plane:
    """1 where the picture differs by more than noise, after taking out a change of exposure (the median difference)."""
    difference = small - background
    sample = difference[::SAMPLED, ::SAMPLED].ravel()
    bias = _median(sample)
    noise = 1.4826 * _median(np.abs(sample - np.float32(bias)))
    if noise > MAX_NOISE:  # more than half of the picture is new: the medians tell of that, not of noise or exposure
        bias, noise = 0.0, MAX_NOISE
    return _exceeds(difference - np.float32(bias), max(MIN_CONTRAST, NOISE_FACTOR * noise))


def _exceeds(difference: Floats, limit: float) -> Plane:
    return (np.abs(difference) > np.float32(limit)).view(np.uint8)


def _grown(mask: Plane, reach: Plane) -> Plane:
    return np.asarray(cv2.dilate(mask, reach), np.uint8)


def _median(sample: Floats) -> float:
    middle = sample.size // 2
    return float(np.partition(sample, middle)[middle])


def _share(mask: Plane) -> float:
    return cv2.countNonZero(mask) / mask.size


def _boxes(stirring: Plane, step: tuple[float, float]) -> tuple[Box, ...]:
    """The connected blobs, without specks, grown so that an outline closes and neighbours join."""
    opened = np.asarray(cv2.morphologyEx(stirring, cv2.MORPH_OPEN, SPECK), np.uint8)
    left, top, width, height = cv2.boundingRect(opened)
    if not width:
        return ()
    left, top = max(0, left - GROWN), max(0, top - GROWN)
    part = opened[top : top + height + 2 * GROWN, left : left + width + 2 * GROWN]
    stats = cv2.connectedComponentsWithStats(_grown(part, GROWTH))[2][1:]
    stats = stats[stats[:, cv2.CC_STAT_AREA] >= MIN_AREA]
    order = np.argsort(-stats[:, cv2.CC_STAT_AREA], kind="stable")[:MAX_REGIONS]
    return tuple(
        Box((left + x) * step[0], (top + y) * step[1], w * step[0], h * step[1])
        for x, y, w, h in stats[order, :4].tolist()
    )
