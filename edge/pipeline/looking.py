"""The seeing thread of one camera: the newest frame is looked at when due, and goes on to the viewers when watched."""

import threading
from dataclasses import dataclass

from edge.camera.base import Picture, Unit, VideoFormat
from edge.clock import Clock
from edge.pipeline.lookout import Lookout
from edge.pipeline.meter import Meter
from edge.pipeline.viewing import Viewing
from edge.stream.boxed import Shot
from edge.values import Frame, Seen
from edge.worker import Mailbox, start

TICK_S = 0.5
PATIENCE_S = 0.2
LOST_S = 4.0
"""A camera that has been silent for so long has lost its visitors: their visits are closed."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A frame, and whether it goes on to the viewers."""

    frame: Frame
    watched: bool


class Looking:
    """Takes pictures on the reading thread, looks at them on its own.

    `viewing` gets what viewers are to see of this source; None where they see another one.
    """

    blind = False

    def __init__(self, lookout: Lookout, viewing: Viewing | None, face_px: int, meter: Meter, clock: Clock) -> None:
        self.face_px = face_px
        self._lookout = lookout
        self._viewing = viewing
        self._meter = meter
        self._clock = clock
        self._sightings: Mailbox[Sighting] = Mailbox()
        self._stopping = threading.Event()
        self._newest: Seen | None = None
        self._came_s = 0.0
        self._thread: threading.Thread | None = None

    def start(self, name: str) -> None:
        self._thread = start(name, self._run)

    @property
    def watched(self) -> bool:
        return self._viewing is not None and self._viewing.burning

    def opened(self, video: VideoFormat) -> None:
        if self._viewing is not None:
            self._viewing.opened(video)

    @property
    def busy(self) -> bool:
        return self._lookout.busy

    def due(self, time_s: float) -> bool:
        return self._lookout.schedule.due(time_s)

    def arrived(self, unit: Unit) -> None:
        self._came_s = self._clock.monotonic()
        if self._viewing is not None:
            self._viewing.saw(unit, self._lookout.forecast)

    def offer(self, picture: Picture, late: bool) -> None:
        """Hand a picture over if somebody needs it; otherwise it is never converted."""
        self._lookout.schedule.passed(picture.time_s)
        watched = self.watched
        due = self.due(picture.time_s)
        if not (watched or due):
            return
        sighting = Sighting(self._lookout.frame(picture), watched)
        if late and due:
            self._sightings.put_patiently(sighting, PATIENCE_S)
        else:
            self._sightings.put(sighting)

    @property
    def newest(self) -> Seen | None:
        """The newest frame that was looked at or shown with its faces, if the camera is there."""
        return self._newest

    def take_dropped(self) -> int:
        """Frames dropped since the last call because a newer one came."""
        return self._sightings.take_dropped()

    def stop(self) -> None:
        self._stopping.set()
        self._sightings.close()

    def join(self, timeout_s: float) -> bool:
        """Whether open visits are closed and the thread has ended within that time."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            sighting = self._sightings.take(TICK_S)
            if sighting is not None:
                self._see(sighting)
            elif self._clock.monotonic() - self._came_s > LOST_S:
                self._close()
        self._close()

    def _see(self, sighting: Sighting) -> None:
        frame = sighting.frame
        if self._lookout.schedule.due(frame.time_s):
            self._lookout.look(frame)
            if not sighting.watched:
                self._meter.lagged(self._clock.wall() - frame.captured_at)
        boxes = self._lookout.forecast.at(frame.time_s)
        self._newest = Seen(frame, boxes)
        if sighting.watched and self._viewing is not None:
            self._viewing.show(Shot(frame.planes, boxes, frame.time_s, frame.captured_at))

    def _close(self) -> None:
        if self._newest is not None:
            self._lookout.close(self._newest.frame.time_s, self._newest.frame.captured_at)
            self._newest = None
