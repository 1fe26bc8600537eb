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
    if not found.scores.size:
        return found
    left: NDArray[np.intp] = np.argsort(-found.scores, kind="stable")
    flat = found.points.reshape(len(found.points), -1)
    points, scores = [], []
    while left.size:
        close = overlaps(found.points[left], found.points[left[0]]) > min_overlap if left.size > 1 else np.ones(1, bool)
        close[0] = True
        group = left[close]
        weights = found.scores[group]
        points.append(weights @ flat[group] / weights.sum())
        scores.append(found.scores[left[0]])
        left = left[~close]
    return Detections(np.array(points, np.float32).reshape(-1, *found.points.shape[1:]), np.array(scores, np.float32))
