"""Non-maximum suppression as MediaPipe does it: overlapping detections are averaged, weighted by score."""

import numpy as np
from numpy.typing import NDArray

from edge.detect.decode import Detections, Floats

MIN_OVERLAP = 0.3


def overlaps(points: Floats, one: Floats) -> Floats:
    """(N,) intersection over union of each box of `points` (N, >= 2, 2) with `one` (>= 2, 2)."""
    low, high = np.maximum(points[:, 0], one[0]), np.minimum(points[:, 1], one[1])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    union = np.prod(points[:, 1] - points[:, 0], axis=1) + np.prod(one[1] - one[0]) - shared
    return np.where(union > 0, shared / np.where(union > 0, union, 1), 0).astype(np.float32)


def weighted_nms(found: Detections, min_overlap: float = MIN_OVERLAP) -> Detections:
    """One detection per group: points averaged by score, the group's best score; best first.

    As NonMaxSuppressionCalculator with the WEIGHTED algorithm: a group is all that overlaps its best member by more
    than `min_overlap`.
    """
    left: NDArray[np.intp] = np.argsort(-found.scores, kind="stable")
    points, scores = [], []
    while left.size:
        close = overlaps(found.points[left], found.points[left[0]]) > min_overlap
        close[0] = True
        group = left[close]
        weights = found.scores[group]
        points.append(np.tensordot(weights, found.points[group], axes=1) / weights.sum())
        scores.append(found.scores[left[0]])
        left = left[~close]
    if not points:
        return Detections(np.empty((0, 8, 2), np.float32), np.empty(0, np.float32))
    return Detections(np.stack(points).astype(np.float32), np.array(scores, np.float32))
