"""What a camera's pipeline reports of itself: one value, replaced as a whole, from whichever thread knows more."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from edge.clock import Clock
from edge.wire.messages import BoxStyle, CameraReported, CameraState, StreamState

LINE = 500


class StateBoard:
    """The newest CameraReported; `on_change` is called after each difference, on the thread that made it."""

    def __init__(self, camera_id: str, clock: Clock, on_change: Callable[[], None]) -> None:
        self._clock = clock
        self._on_change = on_change
        self._lock = threading.Lock()
        self._camera_reason = self._stream_reason = ""
        self._reported = CameraReported(camera_id, CameraState.STARTING, self._now())

    def reported(self) -> CameraReported:
        return self._reported

    def camera(self, state: CameraState, reason: str = "") -> None:
        """The camera came, went or is tried again."""
        with self._lock:
            self._camera_reason = reason
            since = self._reported.since if state is self._reported.state else self._now()
            changed = self._set(replace(self._reported, state=state, since=since))
        self._tell(changed)

    def video(self, codec: str, size: tuple[int, int], fps: float) -> None:
        """What the camera sends."""
        width, height = size
        with self._lock:
            changed = self._set(replace(self._reported, codec=codec, width=width, height=height, fps=round(fps, 1)))
        self._tell(changed)

    def stream(self, state: StreamState, reason: str) -> None:
        """What became of publishing."""
        with self._lock:
            self._stream_reason = reason
            changed = self._set(replace(self._reported, stream=state))
        self._tell(changed)

    def shown(self, boxes: BoxStyle, note: str) -> None:
        """How viewers get the boxes, and why not as it was asked for."""
        with self._lock:
            changed = self._set(replace(self._reported, boxes=boxes, note=note[:LINE]))
        self._tell(changed)

    def _set(self, reported: CameraReported) -> bool:
        reason = (self._camera_reason or self._stream_reason)[:LINE]
        before, self._reported = self._reported, replace(reported, reason=reason)
        return self._reported != before

    def _tell(self, changed: bool) -> None:
        if changed:
            self._on_change()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.wall(), UTC)
