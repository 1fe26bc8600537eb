"""What is dropped of units that come late: what is too much to decode, nothing that the line or a clock delays.

A camera, its line and its decoder are simulated on a clock that each of them moves, so nothing here depends on the
machine.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from moved_clock import MovedClock
from stub_picture import SHAPE, StubPicture

from edge.camera.base import Decoder, Effort, Picture, Unit, VideoFormat
from edge.camera.timeline import LiveTimeline, Stamp
from edge.pipeline.meter import Meter
from edge.pipeline.reading import Reading
from edge.wire.messages import CameraState

FPS = 25
LASTS_S = 60.0
LIGHT_S, HEAVY_S, HARDLY_S = 0.002, 0.06, 0.041
"""Decoding one unit: on an idle CPU, with half as much again as it can do, and with a little more than it can do."""
READ_S = 0.0002

Line = Callable[[float], float]
"""When what was exposed then is there to be read."""


def at_once(exposed_s: float) -> float:
    return exposed_s + 0.05


def stalls(lasting_s: float, every_s: float, first_s: float) -> Line:
    """Wi-Fi: now and then nothing for a while, then all at once."""

    def arrived_s(exposed_s: float) -> float:
        since_s = (exposed_s - first_s) % every_s
        return at_once(exposed_s + lasting_s - since_s if exposed_s >= first_s and since_s < lasting_s else exposed_s)

    return arrived_s


def jittery(exposed_s: float) -> float:
    return at_once(exposed_s) + 0.03 * (exposed_s * 7.77 % 1)


@dataclass(frozen=True)
class Case:
    line: Line = at_once
    gop_s: float = 4.0
    pace: float = 1.0
    cost_s: float = LIGHT_S
    switch_s: float = 0.0


@dataclass
class SimulatedCamera:
    """Units as the case says; reading one takes until it is there, decoding one what it costs."""

    case: Case
    clock: MovedClock

    @property
    def format(self) -> VideoFormat:
        return VideoFormat("mpeg4", SHAPE[1], SHAPE[0], float(FPS))

    def open(self) -> None: ...

    def units(self) -> Iterator[Unit]:
        timeline, group = LiveTimeline(), round(self.case.gop_s * FPS)
        for index in range(round(LASTS_S * FPS)):
            exposed_s, asked_s = index / FPS, self.clock.monotonic()
            self.clock.move(max(READ_S, self.case.line(exposed_s) - asked_s) + self.case.switch_s)
            read_s = self.clock.monotonic()
            time_s = timeline.place(Stamp(exposed_s * self.case.pace, None, read_s, read_s - asked_s))
            yield Unit(time_s, exposed_s, index % group == 0, 1000, None)

    def decoder(self, effort: Effort) -> Decoder:
        return SimulatedDecoder(self.clock, self.case.cost_s)

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class SimulatedDecoder:
    clock: MovedClock
    cost_s: float

    def decode(self, unit: Unit) -> list[Picture]:
        self.clock.move(self.cost_s)
        return [StubPicture(unit.time_s, unit.captured_at, 0)]

    def rest(self) -> list[Picture]:
        return []


@dataclass
class Watching:
    """Who takes the pictures and hears of the camera, until it ends.

    When each picture was exposed, how old it was then, and by how much its time was wrong.
    """

    case: Case
    clock: MovedClock = field(default_factory=MovedClock)
    exposed_s: list[float] = field(default_factory=list)
    ages_s: list[float] = field(default_factory=list)
    errors_s: list[float] = field(default_factory=list)
    ended: str = ""
    face_px: int = 20
    watched: bool = False
    busy: bool = True
    blind: bool = False

    def run(self) -> int:
        """How many units were dropped."""
        self.meter = Meter("door")
        self.reading = Reading(lambda: SimulatedCamera(self.case, self.clock), self, self, self.meter, self.clock)
        self.reading.start("simulated")
        assert self.reading.join(60)
        assert self.ended == "the recording is at its end"
        return self.meter.take().dropped

    def due(self, time_s: float) -> bool:
        return True

    def opened(self, video: VideoFormat) -> None: ...

    def arrived(self, unit: Unit) -> None: ...

    def offer(self, picture: Picture, late: bool) -> None:
        self.exposed_s.append(picture.captured_at)
        self.ages_s.append(self.clock.monotonic() - picture.captured_at)
        self.errors_s.append(picture.time_s - picture.captured_at)

    def camera(self, state: CameraState, reason: str = "") -> None:
        if state is CameraState.OFFLINE:
            self.ended = reason
            self.reading.stop()

    def video(self, codec: str, size: tuple[int, int], fps: float) -> None: ...


KEEPS_UP = {
    "a quiet line": Case(),
    "jitter": Case(jittery),
    "0.7 s of stall every 10 s": Case(stalls(0.7, 10.0, 9.0)),
    "stalls off the key, long groups": Case(stalls(0.7, 10.0, 3.0), gop_s=10.0),
    "1.8 s of stall": Case(stalls(1.8, 20.0, 5.0)),
    "4 s of stall": Case(stalls(4.0, 20.0, 5.0)),
    "one hiccup in a group without end": Case(stalls(0.7, 1000.0, 3.0), gop_s=1000.0),
    "bursts of 0.8 s": Case(stalls(0.8, 0.8, 0.0)),
    "bursts of 1.5 s": Case(stalls(1.5, 1.5, 0.0), gop_s=10.0),
    "stamps for 25, really 20 a second": Case(pace=20 / 25),
    "stamps 4 % slow": Case(pace=0.96),
    "stamps 4 % slow, long groups and stalls": Case(stalls(0.7, 10.0, 3.0), gop_s=30.0, pace=0.96),
    "stamps 4 % fast": Case(pace=1.04),
    "stamps 0.02 % slow": Case(pace=0.9998),
    "a CPU with little to spare and stalls": Case(stalls(0.7, 10.0, 3.0), cost_s=0.02),
}
TOO_SLOW = {
    "half as much again": Case(cost_s=HEAVY_S),
    "half as much again, short groups": Case(cost_s=HEAVY_S, gop_s=1.0),
    "half as much again, long groups": Case(cost_s=HEAVY_S, gop_s=20.0),
    "three times too much": Case(cost_s=0.12, gop_s=2.0),
    "a little more than it can do": Case(cost_s=HARDLY_S),
    "too much and stalls": Case(stalls(0.7, 10.0, 3.0), cost_s=HEAVY_S),
    "too much and bursts": Case(stalls(0.5, 0.5, 0.0), cost_s=HEAVY_S),
    "too much and slow stamps": Case(pace=0.96, cost_s=HEAVY_S),
    "too much, and the thread is woken late": Case(cost_s=HEAVY_S, switch_s=0.005),
}


@pytest.mark.parametrize("case", KEEPS_UP.values(), ids=KEEPS_UP)
def test_what_the_line_or_the_cameras_clock_delays_is_not_dropped(case: Case) -> None:
    watching = Watching(case)
    assert watching.run() == 0
    assert len(watching.exposed_s) == LASTS_S * FPS


@pytest.mark.parametrize("case", TOO_SLOW.values(), ids=TOO_SLOW)
def test_what_is_too_much_to_decode_is_dropped_and_the_rest_is_fresh(case: Case) -> None:
    watching = Watching(case)
    assert watching.run() > 0
    stalled_s = max(case.line(index / FPS) - index / FPS for index in range(round(LASTS_S * FPS)))
    assert max(watching.ages_s) < stalled_s + 1.3
    apart_s = max(later - earlier for earlier, later in pairwise(watching.exposed_s))
    assert apart_s <= 2 * case.gop_s + 0.1


def test_slow_stamps_do_not_age_the_pictures() -> None:
    """The time that is told of a picture stays near that of its exposure."""
    for pace in (0.8, 0.96, 0.99, 0.9998):
        watching = Watching(Case(pace=pace))
        watching.run()
        assert all(-0.8 < error_s <= 0.06 for error_s in watching.errors_s), pace
