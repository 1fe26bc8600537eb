"""One camera, live: reading, seeing and publishing threads around the same stages that a replay runs in a row."""

from collections.abc import Callable
from functools import partial

from edge.alerts.snapshot import plain_snapshot
from edge.camera.opening import camera_for
from edge.clock import Clock
from edge.errors import CameraError
from edge.pipeline.looking import Looking
from edge.pipeline.lookout import Lookout, Sight, report_of
from edge.pipeline.meter import Meter
from edge.pipeline.reading import Reading
from edge.pipeline.showing import Showing
from edge.pipeline.state import StateBoard
from edge.pipeline.streaming import Streaming
from edge.pipeline.viewing import Viewing
from edge.stream.outflow import Outlet
from edge.values import Seen, VisitEvent, VisitReport
from edge.wire.messages import CameraDesired, CameraHealth, CameraReported, CameraState

VisitSink = Callable[[VisitReport], None]
"""Takes a report for good: it is on disk when this returns. Called on the camera's seeing thread."""
STOP_S = 0.9


class CameraPipeline:
    """Watches one camera from `start` to `stop`; `reported` and `health` may be asked from any thread.

    `open_sight` gives a detector with no memory yet (called on the seeing thread); `on_change` is called, on some
    thread of the pipeline, when `reported` changed.
    """

    def __init__(
        self,
        camera: CameraDesired,
        sink: VisitSink,
        outlet: Outlet,
        open_sight: Callable[[], Sight],
        clock: Clock,
        on_change: Callable[[], None],
    ) -> None:
        self._camera = camera
        self._sink = sink
        self._meter = Meter(camera.id)
        self._board = StateBoard(camera.id, clock, on_change)
        self._streaming = Streaming(outlet, self._board.stream, self._meter, clock)
        viewing = Viewing(camera.settings.boxes, self._streaming, self._board.shown, outlet.encoder.note)
        lookout = Lookout(open_sight, camera.settings.detections_per_second, self._emit, self._meter, clock)
        watched = partial(camera_for, camera.source_url, clock)
        small = camera.settings.detect_url
        looked_at = partial(camera_for, small, clock) if small else watched
        self._looking = Looking(lookout, None if small else viewing, camera.settings.min_face_px, self._meter, clock)
        self._reading = Reading(looked_at, self._looking, self._board, self._meter, clock)
        self._showing = (
            Showing(watched, viewing, self._streaming, lambda: lookout.forecast, self._meter, clock) if small else None
        )

    def start(self) -> None:
        """Begin; does not wait for the camera."""
        if not self._camera.enabled:
            self._board.camera(CameraState.DISABLED)
            return
        self._streaming.start(f"camera {self._camera.id} publish")
        self._looking.start(f"camera {self._camera.id} see")
        self._reading.start(f"camera {self._camera.id} read")
        self.set_wanted(self._camera.wanted, self._camera.watched_px)

    def stop(self) -> None:
        """End within a second, whatever the camera and the server do; open visits are closed and handed over."""
        showing = () if self._showing is None else (self._showing,)
        for starter in (self._reading, *showing, self._looking, self._streaming):
            starter.stop()
        for part in (self._looking, self._reading, *showing, self._streaming):
            part.join(STOP_S)

    def set_wanted(self, wanted: bool, watched_px: int = 0) -> None:
        """Whether somebody watches, and how wide at most: only then is anything encoded and published."""
        self._streaming.want(wanted, watched_px)
        if self._showing is not None:
            self._showing.want(wanted, f"camera {self._camera.id} show")

    def reported(self) -> CameraReported:
        """The camera and its stream as they are now."""
        return self._board.reported()

    def health(self) -> CameraHealth:
        """The figures since the last call."""
        self._meter.dropped(self._looking.take_dropped() + self._streaming.take_dropped())
        return self._meter.take()

    def snapshot(self) -> bytes:
        """The newest frame as a JPEG. CameraError if there is none."""
        seen = self._looking.newest
        if seen is None:
            raise CameraError(self.reported().reason or "the camera has given no picture yet")
        return plain_snapshot(seen.frame.planes)

    def seen(self) -> Seen | None:
        """The newest frame and its faces, None while the camera is away."""
        return self._looking.newest

    def _emit(self, event: VisitEvent) -> None:
        self._sink(report_of(self._camera.id, event))
