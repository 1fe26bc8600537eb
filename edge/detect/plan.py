"""The search of a whole picture as a plan: which views, which model, in which order, within which budget. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from math import ceil

from edge.detect.letterbox import View, whole

OVERLAP = 0.35
"""Neighbouring views share this much of their side, so that a face up to a third of it is whole in one of them."""

FACE_SHARE = 0.1
"""Full-range BlazeFace finds nine of ten faces from a tenth of the view's side; each level halves the side."""


class Model(Enum):
    """Which BlazeFace looks. FULL finds small and turned faces, SHORT large ones and some that FULL misses."""

    FULL = "full"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Step:
    """One inference: a view through one model; only what scores `min_score` is looked at again."""

    view: View
    model: Model
    min_score: float


MIN_SCORES = {Model.FULL: 0.4, Model.SHORT: 0.6}


def levels(width: int, height: int, min_face: float) -> Iterator[float]:
    """Sides of the views, coarse to fine, until the smallest wanted face is FACE_SHARE of the side."""
    side = float(max(width, height))
    yield side
    while side / 2 >= min_face / FACE_SHARE * 0.7 and side / 2 >= 32:
        side /= 2
        yield side


def tiles(width: int, height: int, side: float) -> tuple[View, ...]:
    """Views of one side that cover the picture row by row, overlapping; never more than half outside of it."""
    return tuple(View(x, y, side) for y in _centres(height, side) for x in _centres(width, side))


def search(width: int, height: int, min_face: float, budget: int) -> tuple[Step, ...]:
    """The steps to find every face of at least `min_face` pixels, coarse to fine, at most `budget` inferences.

    A level that does not fit into what is left of the budget is left out whole: half a level would find faces in one
    half of the picture only.
    """
    steps: list[Step] = []
    for side in levels(width, height, min_face):
        views = tiles(width, height, side) if steps else (whole(width, height),)
        level = [Step(view, model, MIN_SCORES[model]) for view in views for model in Model]
        if steps and len(steps) + len(level) > budget:
            break
        steps += level
    return tuple(steps)


def _centres(length: int, side: float) -> tuple[float, ...]:
    if length <= side:
        return (length / 2,)
    count = ceil((length - side) / (side * (1 - OVERLAP))) + 1
    return tuple(side / 2 + index * (length - side) / (count - 1) for index in range(count))
