"""A whole camera pipeline without a camera: it keeps what it is told and says what it is set to."""

from dataclasses import replace
from datetime import UTC, datetime

from edge.errors import CameraError
from edge.wire.messages import CameraDesired, CameraHealth, CameraReported, CameraState, StreamState

SINCE = datetime(2025, 1, 1, tzinfo=UTC)


class FakePipeline:
    """Online as soon as it is started; `history` is what was done to it."""

    def __init__(self, camera: CameraDesired) -> None:
        self.camera = camera
        self.history: list[str] = []
        self.state = CameraReported(camera.id, CameraState.STARTING, SINCE)
        self.picture = b""
        self.error: Exception | None = None

    def start(self) -> None:
        self.history.append("start")
        self.state = replace(self.state, state=CameraState.ONLINE)

    def stop(self) -> None:
        self.history.append("stop")
        if self.error is not None:
            raise self.error

    def set_wanted(self, wanted: bool, watched_px: int) -> None:
        self.history.append(f"wanted {wanted}")
        self.state = replace(self.state, stream=StreamState.LIVE if wanted else StreamState.STOPPED)

    def reported(self) -> CameraReported:
        return self.state

    def health(self) -> CameraHealth:
        return CameraHealth(self.camera.id, 10, 0, 5)

    def snapshot(self) -> bytes:
        if not self.picture:
            raise CameraError("the camera has given no picture yet")
        return self.picture


class FakePipelines:
    """Makes them and remembers all that were ever made."""

    def __init__(self) -> None:
        self.made: list[FakePipeline] = []

    def __call__(self, camera: CameraDesired) -> FakePipeline:
        self.made.append(FakePipeline(camera))
        return self.made[-1]

    def of(self, camera_id: str) -> list[FakePipeline]:
        return [pipeline for pipeline in self.made if pipeline.camera.id == camera_id]
