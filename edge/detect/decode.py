"""Raw BlazeFace outputs to boxes, keypoints and scores."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LOGIT_LIMIT = 100.0


class Detections(NamedTuple):
    """N detections; `points` (N, 8, 2) holds each one's top left and bottom right corner, then the six keypoints
    (right eye, left eye, nose, mouth, right ear, left ear, right and left being the person's own); `scores` (N,) 0-1.
    """

    points: Floats
    scores: Floats


def decode(regressors: Floats, logits: Floats, anchors: Floats, side: int, min_score: float) -> Detections:
    """Detections scoring at least `min_score`, in fractions of the model's input, unsorted.

    `regressors` (N, 16): centre x, y, width, height, then six keypoints, in input pixels relative to `anchors` (N, 2);
    `logits` (N,). As MediaPipe's TensorsToDetectionsCalculator with the face detection options.
    """
    threshold = np.log(min_score / (1 - min_score))
    kept = np.flatnonzero(logits >= threshold)
    raw = regressors[kept].reshape(-1, 8, 2) / np.float32(side)
    centre = raw[:, 0] + anchors[kept]
    half = raw[:, 1] / 2
    points = np.concatenate(
        [(centre - half)[:, None], (centre + half)[:, None], raw[:, 2:] + anchors[kept, None]], axis=1
    )
    clipped = np.clip(logits[kept], -LOGIT_LIMIT, LOGIT_LIMIT)
    return Detections(points.astype(np.float32), (1 / (1 + np.exp(-clipped))).astype(np.float32))
