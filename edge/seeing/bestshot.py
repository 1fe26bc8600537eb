"""Which picture of a visit is worth showing: size x sharpness x score x frontality."""

from math import ceil, floor, sqrt

import cv2
import numpy as np

from edge.values import Box, Face, Frame, Plane, Planes, Point

SAMPLE = 64
SHARP = 200.0
"""Laplacian variance of a face sampled at SAMPLE pixels that counts as fully sharp."""

LARGE_PX = 160.0
"""A face of this height counts as fully large: more pixels show a person no better."""


def quality(luma: Plane, face: Face, score: float) -> float:
    """0-1, only to compare; `score` is the detector's for this very picture."""
    size = min(1.0, sqrt(face.box.w * face.box.h) / LARGE_PX)
    return size * (0.25 + 0.75 * sharpness(luma, face.box)) * score * (0.25 + 0.75 * frontality(face.keypoints))


def sharpness(luma: Plane, box: Box) -> float:
    """0-1 by the variance of the Laplacian (Pech-Pacheco et al. 2000) of the face at one standard size."""
    rows = slice(max(0, floor(box.y)), max(0, ceil(box.y + box.h)))
    columns = slice(max(0, floor(box.x)), max(0, ceil(box.x + box.w)))
    cut = luma[rows, columns]
    if min(cut.shape) < 4:
        return 0.0
    sample = cv2.resize(cut, (SAMPLE, SAMPLE), interpolation=cv2.INTER_LINEAR)
    return min(1.0, float(np.var(cv2.Laplacian(sample, cv2.CV_32F))) / SHARP)


def frontality(keypoints: tuple[Point, ...]) -> float:
    """1 for a face seen from the front, towards 0 for a profile: how even the nose lies between eyes and ears."""
    if len(keypoints) != 6:
        return 0.5
    right_eye, left_eye, nose, _, right_ear, left_ear = keypoints
    return _evenness(nose, right_eye, left_eye) * _evenness(nose, right_ear, left_ear)


def copied(frame: Frame) -> Frame:
    """The frame with planes of its own: a decoder's buffers are used again for later pictures."""
    planes = Planes(frame.planes.y.copy(), frame.planes.u.copy(), frame.planes.v.copy())
    return Frame(planes, frame.time_s, frame.captured_at, frame.index)


def _evenness(middle: Point, one: Point, other: Point) -> float:
    """1 when `middle` projects onto the centre of the line from `one` to `other`, 0 at or beyond its ends."""
    across = (other[0] - one[0], other[1] - one[1])
    length = across[0] ** 2 + across[1] ** 2
    if length == 0:
        return 0.0
    along = ((middle[0] - one[0]) * across[0] + (middle[1] - one[1]) * across[1]) / length
    return max(0.0, 1 - abs(2 * along - 1))
