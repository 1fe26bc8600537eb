"""The second, tighter look: how likely a doubtful find is a face, from models and views that err differently.

The weights are a logistic regression over 2,700 finds of naive tiling in 314 public pictures (a third of the pictures
without people), cross-validated by picture: clocks, wheels, dogs, hands and ears fall on one side, profiles, hats,
blur and low light on the other. What tells most: full-range BlazeFace at two scales around the find.
"""

from dataclasses import dataclass
from math import exp, inf

import numpy as np

from edge.detect.blazeface import BlazeFace, Detectors
from edge.detect.decode import Detections, Floats
from edge.detect.letterbox import Image, View

ACCEPT = 1.0
"""Evidence (log-odds) from which a find counts as a face: 3 in 4 at the border, 99 in 100 overall."""

SCALES = (2.5, 4.0)
"""Sides of the views around a find, in sizes of its box."""

GLANCE_FULL = 9.7
LOWEST_SCORE = 0.05
MESH_RANGE = (-10.0, 30.0)
SAME_IOU = 0.4
SAME_CENTRED_IOU = 0.2


@dataclass(frozen=True, slots=True)
class Verdict:
    """The evidence for a face as log-odds, and its points (8, 2) measured again in the tighter view.

    `at_least`: a glance was cut short, the evidence may be higher.
    """

    evidence: float
    points: Floats
    at_least: bool = False

    @property
    def probability(self) -> float:
        return 1 / (1 + exp(-max(-50.0, min(50.0, self.evidence))))


def glance(detectors: Detectors, image: Image, points: Floats, hopeless: float = -inf, clear: float = inf) -> Verdict:
    """The cheap check, three inferences; `points` (8, 2) as in Detections.

    The costliest is left out where it cannot lift the evidence above `hopeless`, or need not for `clear`.
    """
    view = _around(points, SCALES[0], mirrored=False)
    short, _ = _again(detectors.short, image, view, points)
    least = 0.265 * _presence(detectors, image, points) + 6.8 * short - 6.8
    if least >= clear or least + GLANCE_FULL <= hopeless:
        return Verdict(least, points, at_least=True)
    full, refined = _again(detectors.full, image, view, points)
    return Verdict(least + GLANCE_FULL * full, points if refined is None else refined)


def scrutinise(detectors: Detectors, image: Image, points: Floats) -> Verdict:
    """The thorough check, ten inferences: two scales, each also mirrored; the mesh as found and as measured again."""
    views = [_around(points, scale, mirrored) for scale in SCALES for mirrored in (False, True)]
    full = [_again(detectors.full, image, view, points) for view in views]
    short = [_again(detectors.short, image, view, points) for view in views]
    close = [found for _, found in full[:2] if found is not None]
    refined = np.mean(close, axis=0) if close else points
    presence = (_presence(detectors, image, points) + _presence(detectors, image, refined)) / 2
    full_score = float(np.mean([score for score, _ in full]))
    short_score = float(np.mean([score for score, _ in short]))
    return Verdict(0.246 * presence + 12.1 * full_score + 4.1 * short_score - 6.1, refined)


def same_face(a: Floats, b: Floats) -> bool:
    """Whether two boxes (>= 2, 2) mean one face: they overlap well, or less but each holds the other's centre."""
    low, high = np.maximum(a[0], b[0]), np.minimum(a[1], b[1])
    shared = float(np.prod(np.clip(high - low, 0, None)))
    iou = shared / max(1e-6, float(np.prod(a[1] - a[0]) + np.prod(b[1] - b[0])) - shared)
    return iou >= SAME_IOU or (iou >= SAME_CENTRED_IOU and _holds_centre(a, b) and _holds_centre(b, a))


def _presence(detectors: Detectors, image: Image, points: Floats) -> float:
    low, high = MESH_RANGE
    return min(high, max(low, detectors.mesh.presence(image, points)))


def _around(points: Floats, scale: float, mirrored: bool) -> View:
    x, y = (points[0] + points[1]) / 2
    return View(float(x), float(y), scale * float(max(points[1] - points[0])), mirrored=mirrored)


def _again(model: BlazeFace, image: Image, view: View, points: Floats) -> tuple[float, Floats | None]:
    """The model's best score for the same face in this view, and where it sees it; 0 and None when it does not."""
    found: Detections = model.find_near(image, view, LOWEST_SCORE, points)
    for score, again in zip(found.scores, found.points, strict=True):
        if same_face(again, points):
            return float(score), again
    return 0.0, None


def _holds_centre(a: Floats, b: Floats) -> bool:
    centre = (b[0] + b[1]) / 2
    return bool((a[0] <= centre).all() and (centre <= a[1]).all())
