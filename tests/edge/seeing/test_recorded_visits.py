"""Tracks and visits as pure functions of recorded finds (golden/visits/make.py recorded them)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.seeing.tracker import Tracker
from edge.seeing.visits import Sighting, Visits
from edge.values import Box, Face, Frame, Planes, VisitEvent
from edge.wire.messages import CameraSettings

GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "visits").glob("*.json"))


def replayed(golden: dict[str, Any], settings: CameraSettings) -> list[VisitEvent]:
    """The closed visits that the recorded looks give."""
    tracker, visits, events = Tracker(), Visits(settings), []
    for index, look in enumerate(golden["looks"]):
        frame = Frame(blank(golden["width"], golden["height"]), look["t"], look["t"], index)
        tracks, _ = tracker.update(look["t"], [Face(Box(*face["box"]), face["score"]) for face in look["faces"]])
        sightings = [
            Sighting(track, face["quality"], face["stirring"])
            for track, face in zip(tracks, look["faces"], strict=True)
        ]
        events += visits.update(frame, sightings, lambda _, body=look["body"]: body)
    events += visits.close(golden["end_s"], golden["end_s"])
    return sorted((event for event in events if event.closed_s is not None), key=lambda event: event.opened_s)


def blank(width: int, height: int) -> Planes:
    half = np.zeros((height // 2, width // 2), np.uint8)
    return Planes(np.zeros((height, width), np.uint8), half, half)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_recorded_finds_give_the_recorded_visits(path: Path) -> None:
    golden = json.loads(path.read_text())
    visits = replayed(golden, CameraSettings())
    assert len(visits) == len(golden["visits"])
    for visit, expected in zip(visits, golden["visits"], strict=True):
        assert visit.opened_s == pytest.approx(expected["opened_s"], abs=0.5)
        assert visit.closed_s == pytest.approx(expected["closed_s"], abs=0.01)
        assert visit.faces == expected["faces"]
        assert visit.best.frame.time_s == pytest.approx(expected["best_s"], abs=0.01)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_second_look_gives_the_same_number_of_visits(path: Path) -> None:
    golden = json.loads(path.read_text())
    thinned = golden | {"looks": golden["looks"][::2]}
    assert len(replayed(thinned, CameraSettings())) == len(golden["visits"])


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_stricter_rules_never_give_more_visits(path: Path) -> None:
    golden = json.loads(path.read_text())
    usual = len(replayed(golden, CameraSettings()))
    for strict in (CameraSettings(dwell_s=2), CameraSettings(min_face_px=64), CameraSettings(min_score=0.999)):
        assert len(replayed(golden, strict)) <= usual
    assert replayed(golden, CameraSettings(min_face_px=1000)) == []


LEFT, RIGHT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)), ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
RULES = {
    "usual": CameraSettings(),
    "left": CameraSettings(include=(LEFT,)),
    "right": CameraSettings(include=(RIGHT,)),
    "not left": CameraSettings(exclude=(LEFT,)),
    "64 px": CameraSettings(min_face_px=64),
    "surest": CameraSettings(min_score=0.999),
    "2 s": CameraSettings(dwell_s=2),
    "at once again": CameraSettings(rearm_s=0),
}


def test_the_rules_over_the_recorded_finds() -> None:
    """Looked at by eye: which side people are on, how large, how sure, how long."""
    counts = {
        path.stem: {name: len(replayed(json.loads(path.read_text()), rule)) for name, rule in RULES.items()}
        for path in GOLDEN
    }
    assert counts == json.loads((Path(__file__).parents[2] / "golden" / "visits" / "rules" / "counts.json").read_text())
