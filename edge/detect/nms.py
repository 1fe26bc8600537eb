"""Non-maximum suppression as MediaPipe does it: overlapping detections are averaged, weighted by score."""

import numpy as np
from numpy.typing import NDArray

from edge.detect.decode import Detections, Floats

MIN_OVERLAP = 0.3


def overlaps(points: Floats, one: Floats) -> Floats:
    """(N,) intersection over union of each box of `points` (N, >= 2, 2) with `one` (>= 2, 2)."""
    sides = np.maximum(np.minimum(points[:, 1], one[1]) - np.maximum(points[:, 0], one[0]), 0)
    shared, whole, own = sides[:, 0] * sides[:, 1], points[:, 1] - points[:, 0], one[1] - one[0]
    union = whole[:, 0] * whole[:, 1] + own[0] * own[1] - shared
    shares: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return shares


def weighted_nms(found: Detections, min_overlap: float = MIN_OVERLAP) -> Detections:
    """One detection per group: points averaged by score, the group's best score; best first.

    As NonMaxSuppressionCalculator with the WEIGHTED algorithm: a group is all that overlaps its best member by more
    than `min_overlap`.
    """
    left: NDArray[np.intp] = np.argsort(-found.scores, kind="stable")
    points, scores = [], []
    while left.size:
        close = overlaps(found.points[left], found.points[left[0]]) > min_overlap if left.size > 1 else np.ones(1, bool)
        close[0] = True
        group = left[close]
        weights = found.scores[group]
        points.append(np.tensordot(weights, found.points[group], axes=1) / weights.sum())
        scores.append(found.scores[left[0]])
        left = left[~close]
    if not points:
        return Detections(np.empty((0, 8, 2), np.float32), np.empty(0, np.float32))
    return Detections(np.stack(points).astype(np.float32), np.array(scores, np.float32))
