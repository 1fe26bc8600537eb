"""Searches a whole picture for faces: runs the plan, merges what the views found, verifies every find."""

from dataclasses import dataclass

import numpy as np

from edge.detect.blazeface import Detectors
from edge.detect.decode import Floats
from edge.detect.letterbox import Image
from edge.detect.plan import Model, Step, search
from edge.detect.verify import ACCEPT, Verdict, same_face, scrutinise
from edge.values import Box, Face

BUDGET = 1500
"""Inferences for one picture: about five seconds on one core; 4000x3000 pixels fit down to faces of 40 pixels."""

MAX_FINDS = 400
NESTED = 0.6
"""A find of which more than this lies in a surer face is a part of it: an eye, a mouth, a chin."""


@dataclass(frozen=True, slots=True)
class Find:
    """A face as one step of the plan saw it."""

    points: Floats
    score: float


def find_faces(
    detectors: Detectors, image: Image, min_face: float = 20.0, min_evidence: float = ACCEPT
) -> tuple[Face, ...]:
    """Every face in the picture, surest first; the score is the probability that it is one."""
    finds = merge(
        [find for step in search(image.width, image.height, min_face, BUDGET) for find in _run(detectors, image, step)]
    )
    verdicts = [scrutinise(detectors, image, find.points) for find in finds[:MAX_FINDS]]
    sure = [verdict for verdict in verdicts if verdict.evidence >= min_evidence]
    return tuple(face_of(verdict.points, verdict.probability) for verdict in distinct(sure))


def merge(finds: list[Find]) -> list[Find]:
    """One find per face: the best of those that mean the same, best first."""
    kept: list[Find] = []
    for find in sorted(finds, key=lambda find: -find.score):
        if not any(same_face(find.points, other.points) for other in kept):
            kept.append(find)
    return kept


def distinct(verdicts: list[Verdict]) -> list[Verdict]:
    """Without the parts of faces, surest first."""
    kept: list[Verdict] = []
    for verdict in sorted(verdicts, key=lambda verdict: -verdict.evidence):
        if not any(_nested(verdict.points, other.points) for other in kept):
            kept.append(verdict)
    return kept


def face_of(points: Floats, score: float) -> Face:
    """Points (8, 2) as in Detections, as a value."""
    (x, y), (right, bottom), *keypoints = points.tolist()
    return Face(Box(x, y, right - x, bottom - y), score, tuple((px, py) for px, py in keypoints))


def points_of(face: Face) -> Floats:
    """The inverse of face_of."""
    box = face.box
    return np.array([(box.x, box.y), (box.x + box.w, box.y + box.h), *face.keypoints], np.float32)


def _run(detectors: Detectors, image: Image, step: Step) -> list[Find]:
    model = detectors.full if step.model is Model.FULL else detectors.short
    found = model.find(image, step.view, step.min_score)
    return [Find(points, float(score)) for points, score in zip(found.points, found.scores, strict=True)]


def _nested(a: Floats, b: Floats) -> bool:
    low, high = np.maximum(a[0], b[0]), np.minimum(a[1], b[1])
    shared = float(np.prod(np.clip(high - low, 0, None)))
    smaller = min(float(np.prod(a[1] - a[0])), float(np.prod(b[1] - b[0])))
    return shared > NESTED * smaller or same_face(a, b)
