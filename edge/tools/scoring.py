"""How well boxes fit the faces that are known to be there: recall and false boxes. Pure but for reading the truth."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.errors import WatchpostError
from edge.values import Box

MIN_IOU = 0.4
MIN_CENTRED_IOU = 0.2


class TruthError(WatchpostError):
    """A file of known faces cannot be used."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The faces of one frame; what is found at `hidden` ones (covered, half out of the picture) counts neither way."""

    faces: tuple[Box, ...]
    hidden: tuple[Box, ...] = ()


def read_truth(path: Path) -> tuple[Truth, ...]:
    """A JSON list of `{"faces": [[x, y, w, h], ...], "hidden": [...]}`, one a frame. TruthError: what is wrong."""
    try:
        return tuple(Truth(_boxes(frame["faces"]), _boxes(frame.get("hidden", []))) for frame in _frames(path))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TruthError(f"{path} holds no faces by frame ({error})") from None


class Score:
    """Counts over frames."""

    def __init__(self) -> None:
        self._frames = self._wanted = self._found = self._false = 0

    def add(self, truth: Truth, boxes: Iterable[Box]) -> None:
        """One frame; one box per face."""
        left = list(boxes)
        for face in truth.faces:
            match = max((box for box in left if hits(box, face)), key=lambda box: iou(box, face), default=None)
            if match is not None:
                left.remove(match)
                self._found += 1
        self._frames += 1
        self._wanted += len(truth.faces)
        self._false += sum(not any(hits(box, face) for face in truth.hidden) for box in left)

    @property
    def recall(self) -> float | None:
        """The share of faces that had a box, None where there was no face."""
        return self._found / self._wanted if self._wanted else None

    @property
    def false_per_frame(self) -> float:
        return self._false / max(1, self._frames)


def hits(box: Box, face: Box) -> bool:
    """Whether a box means a face: they overlap well, or less but each holds the other's centre."""
    overlap = iou(box, face)
    return overlap >= MIN_IOU or (overlap >= MIN_CENTRED_IOU and holds_centre(box, face) and holds_centre(face, box))


def iou(a: Box, b: Box) -> float:
    """Intersection over union."""
    width = max(0.0, min(a.x + a.w, b.x + b.w) - max(a.x, b.x))
    height = max(0.0, min(a.y + a.h, b.y + b.h) - max(a.y, b.y))
    union = a.w * a.h + b.w * b.h - width * height
    return width * height / union if union > 0 else 0.0


def holds_centre(a: Box, b: Box) -> bool:
    """Whether the centre of `b` lies in `a`."""
    return a.x <= b.x + b.w / 2 <= a.x + a.w and a.y <= b.y + b.h / 2 <= a.y + a.h


def _frames(path: Path) -> list[Any]:
    frames = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(frames, list) or not frames:
        raise ValueError("not a list of frames")
    return frames


def _boxes(sides: list[list[float]]) -> tuple[Box, ...]:
    return tuple(Box(*(float(side) for side in box)) for box in sides)
