"""Whoever comes into a sleeping camera's picture is looked at in time, however the camera encodes it."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import scene, write
from fake_sight import FakeSight

from edge.camera.opening import camera_for
from edge.clock import SystemClock
from edge.pipeline.lookout import Lookout
from edge.pipeline.meter import Meter
from edge.tools.replaying import Replay
from edge.values import Box, VisitEvent

SECONDS, COMES_S, GOES_S = 12, 9.0, 10.5
LATE_S = 0.5
CALM: dict[str, str] = {"bf": "0", "g": "50", "sc_threshold": "0", "crf": "24"}
CBR = {"b": "600k", "maxrate": "600k", "bufsize": "600k", "x264-params": "nal-hrd=cbr"}
X265 = {"codec": "libx265", "x265-params": "log-level=none:scenecut=0:keyint=50:bframes=0", "crf": "26"}
ENCODINGS: dict[str, tuple[dict[str, Any], bool]] = {
    "variable bit rate": (CALM, True),
    "constant bit rate": ({key: value for key, value in CALM.items() if key != "crf"} | CBR, False),
    "two B-frames": (CALM | {"bf": "2"}, True),
    "10 frames a second": (CALM | {"fps": 10, "g": "20"}, True),
    "30 frames a second": (CALM | {"fps": 30, "g": "60"}, True),
    "a key picture every 10 s": (CALM | {"g": "250"}, True),
    "every 10 s, with B-frames": (CALM | {"g": "250", "bf": "3"}, True),
    "H.265": (X265, False),
}
"""How it is encoded, and whether its quiet sizes are even enough to sleep by."""


@cache
def pictures(fps: int) -> list[np.ndarray]:
    return [scene(index, COMES_S <= index / fps < GOES_S) for index in range(SECONDS * fps)]


@pytest.mark.parametrize("name", list(ENCODINGS))
def test_a_visitor_in_a_sleeping_picture_is_not_late(tmp_path: Path, name: str) -> None:
    options, sleeps = ENCODINGS[name]
    clip = write(tmp_path / "door.mp4", pictures(options.get("fps", 25)), **options)
    waiting: list[VisitEvent] = []
    told_s: list[float] = []
    sight = FakeSight(lambda time_s: COMES_S <= time_s - replay.first_s < GOES_S)
    clock = SystemClock()
    lookout = Lookout(lambda: sight, 5, waiting.append, Meter("door"), clock)
    replay = Replay(camera_for(str(clip), clock, live=False), lookout, 20, None)

    def arrived(time_s: float, _: tuple[Box, ...]) -> None:
        told_s.extend([time_s - replay.first_s] * len(waiting))
        waiting.clear()

    result = replay.run(observer=arrived)
    assert told_s, "somebody was there"
    assert told_s[0] - COMES_S <= LATE_S
    assert (result.decoded < 0.8 * result.frames) == sleeps
