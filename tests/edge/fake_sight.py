"""A whole stand-in for seeing: says what a script tells it, and remembers what it was shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from edge.seeing.forecast import Course, Forecast
from edge.values import BestShot, Box, Face, Frame, Track, VisitEvent

FACE = Face(Box(40, 50, 30, 36), 0.93)


@dataclass
class FakeLooked:
    tracks: tuple[Track, ...] = ()
    events: tuple[VisitEvent, ...] = ()


@dataclass
class FakeSight:
    """`present(time_s)` says whether the one face is in view; a visit opens and closes with it."""

    present: Callable[[float], bool] = lambda _time_s: False
    frames: list[Frame] = field(default_factory=list)
    inferences: int = 0
    closed: int = 0
    _visit: tuple[UUID, float, float] | None = None

    def look(self, frame: Frame) -> FakeLooked:
        self.frames.append(frame)
        self.inferences += 1
        if not self.present(frame.time_s):
            return FakeLooked((), self.close(frame.time_s, frame.captured_at))
        track = Track(1, FACE, frame.time_s, frame.time_s, 1)
        if self._visit is not None:
            return FakeLooked((track,))
        self._visit = (uuid4(), frame.time_s, frame.captured_at)
        return FakeLooked((track,), (self._event(None, None),))

    def forecast(self) -> Forecast:
        shown = bool(self.frames) and self.present(self.frames[-1].time_s)
        planes = self.frames[-1].planes if self.frames else None
        size = (planes.width, planes.height) if planes is not None else (0, 0)
        return Forecast(size, ((Course(FACE.box, (0.0, 0.0), 0.0), float("inf")),) if shown else ())

    def close(self, time_s: float, at: float) -> tuple[VisitEvent, ...]:
        self.closed += 1
        if self._visit is None:
            return ()
        event = self._event(time_s, at)
        self._visit = None
        return (event,)

    def _event(self, closed_s: float | None, closed_at: float | None) -> VisitEvent:
        assert self._visit is not None
        visit_id, opened_s, opened_at = self._visit
        best = BestShot(self.frames[-1], FACE, 1.0)
        return VisitEvent(visit_id, 1, opened_s, opened_at, closed_s, closed_at, 1, best)
