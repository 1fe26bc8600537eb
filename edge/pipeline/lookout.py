"""The seeing stage of one camera: pictures are looked at when due, and visits become reports."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from edge.alerts.snapshot import snapshot
from edge.camera.base import Picture
from edge.clock import Clock
from edge.pipeline.meter import Meter
from edge.pipeline.schedule import Schedule
from edge.seeing.forecast import Forecast
from edge.values import Frame, Track, VisitEvent, VisitReport

SEEN_S = 1.0
"""So long after a face was last seen its camera may not sleep: it may turn back at once."""


class Looked(Protocol):
    """What one look found."""

    @property
    def tracks(self) -> tuple[Track, ...]: ...

    @property
    def events(self) -> tuple[VisitEvent, ...]: ...


class Sight(Protocol):
    """Frames in, faces and visits out, with memory; one thread owns it."""

    @property
    def inferences(self) -> int: ...

    def look(self, frame: Frame) -> Looked: ...

    def forecast(self) -> Forecast: ...

    def close(self, time_s: float, at: float) -> tuple[VisitEvent, ...]: ...


class Lookout:
    """Looks at one camera's pictures; `emit` gets every visit that opens or closes.

    One thread owns it; `forecast`, where faces are until the next look, may be asked from any.
    """

    def __init__(
        self,
        open_sight: Callable[[], Sight],
        per_second: float,
        emit: Callable[[VisitEvent], None],
        meter: Meter,
        clock: Clock,
    ) -> None:
        self.schedule = Schedule(per_second)
        self.forecast = Forecast()
        self._open_sight = open_sight
        self._sight: Sight | None = None
        self._emit = emit
        self._meter = meter
        self._clock = clock
        self._index = 0
        self._time_s, self._seen_s = 0.0, float("-inf")
        self._visits: set[UUID] = set()

    @property
    def busy(self) -> bool:
        """Whether somebody is in view, or was a moment ago: then every look matters."""
        return self._time_s - self._seen_s < SEEN_S

    def frame(self, picture: Picture) -> Frame:
        """The picture as a numbered frame."""
        self._index += 1
        return Frame(picture.planes(), picture.time_s, picture.captured_at, self._index)

    def look(self, frame: Frame) -> None:
        """Look at a frame and report what it changes."""
        sight = self._sight = self._sight or self._open_sight()
        self.schedule.looked(frame.time_s)
        began_s, before = self._clock.monotonic(), sight.inferences
        looked = sight.look(frame)
        self._meter.looked(sight.inferences - before, self._clock.monotonic() - began_s)
        self.forecast = sight.forecast()
        self._time_s = frame.time_s
        if looked.tracks:
            self._seen_s = frame.time_s
        self._report(looked.events)

    def close(self, time_s: float, at: float) -> None:
        """Nothing more comes for now: close what is open. A later look starts afresh."""
        sight, self._sight, self.forecast = self._sight, None, Forecast()
        self._seen_s = float("-inf")
        if sight is not None:
            self._report(sight.close(time_s, at))

    def _report(self, events: tuple[VisitEvent, ...]) -> None:
        for event in events:
            self._emit(event)
            if event.closed_s is not None:
                self._visits.discard(event.visit_id)
            elif event.visit_id not in self._visits:
                self._visits.add(event.visit_id)
                self._meter.alerted(self._clock.wall() - event.opened_at)


def report_of(camera_id: str, event: VisitEvent) -> VisitReport:
    """The report of a visit as it is now, with the picture of its best shot so far."""
    picture, box = snapshot(event.best)
    return VisitReport(
        visit_id=event.visit_id,
        camera=camera_id,
        opened_at=event.opened_at,
        closed_at=event.closed_at,
        faces=event.faces,
        score=event.best.face.score,
        box=box,
        picture=picture,
    )
