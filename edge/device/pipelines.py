"""The running pipelines, made to match what is desired: only what changed is started, stopped or told."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from edge.values import Seen
from edge.wire.messages import CameraDesired, CameraHealth, CameraReported

log = logging.getLogger(__name__)


class Pipeline(Protocol):
    """One camera, from source to visits and stream."""

    def start(self) -> None:
        """Begin; does not wait for the camera."""

    def stop(self) -> None:
        """End soon; open visits are closed and put into the outbox before this returns."""

    def set_wanted(self, wanted: bool, watched_px: int) -> None:
        """Whether the stream is to be published, and how wide at most it is seen, in pixels (0: not known)."""

    def reported(self) -> CameraReported:
        """The camera as it is now."""

    def health(self) -> CameraHealth:
        """The figures since the last call."""

    def snapshot(self) -> bytes:
        """The newest picture as a JPEG; CameraError when there is none."""

    def seen(self) -> Seen | None:
        """The newest picture and its faces, None when there is none."""


class Pipelines:
    """Owned by the agent's thread; `get`, `running` and `reported` may be asked from any."""

    def __init__(self, make: Callable[[CameraDesired], Pipeline]) -> None:
        self._make = make
        self._running: dict[str, tuple[CameraDesired, Pipeline]] = {}

    def apply(self, cameras: Iterable[CameraDesired]) -> None:
        """Run exactly these. Who watches changes nothing but the stream; a name changes nothing at all."""
        desired = {camera.id: camera for camera in cameras}
        stale = [name for name, (now, _) in self._running.items() if not _same(now, desired.get(name))]
        self._end([self._running.pop(name)[1] for name in stale])
        for name, camera in desired.items():
            if name in self._running:
                self._retune(name, camera)
            else:
                self._begin(camera)

    def restart(self, camera_id: str) -> bool:
        """Stop and start one camera afresh; False if it does not run."""
        if camera_id not in self._running:
            return False
        camera, pipeline = self._running.pop(camera_id)
        self._end([pipeline])
        self._begin(camera)
        return True

    def stop(self) -> None:
        """Stop all, at the same time."""
        self._end([pipeline for _, pipeline in self._running.values()])
        self._running = {}

    def get(self, camera_id: str) -> Pipeline | None:
        """The pipeline of one camera."""
        found = self._running.get(camera_id)
        return None if found is None else found[1]

    def running(self) -> list[tuple[CameraDesired, Pipeline]]:
        """Every camera as it is desired, with its pipeline."""
        return list(self._running.values())

    def reported(self) -> tuple[CameraReported, ...]:
        """Every camera as it is now."""
        return tuple(pipeline.reported() for _, pipeline in self.running())

    def health(self) -> tuple[CameraHealth, ...]:
        """Every camera's figures since the last call."""
        return tuple(pipeline.health() for _, pipeline in self._running.values())

    def _begin(self, camera: CameraDesired) -> None:
        log.info("camera %s: starting", camera.id)
        pipeline = self._make(camera)
        self._running[camera.id] = camera, pipeline
        pipeline.start()

    def _retune(self, camera_id: str, camera: CameraDesired) -> None:
        before, pipeline = self._running[camera_id]
        self._running[camera_id] = camera, pipeline
        if (before.wanted, before.watched_px) != (camera.wanted, camera.watched_px):
            pipeline.set_wanted(camera.wanted, camera.watched_px)

    def _end(self, pipelines: list[Pipeline]) -> None:
        if pipelines:
            with ThreadPoolExecutor(len(pipelines), "stopping") as pool:
                for future in [pool.submit(pipeline.stop) for pipeline in pipelines]:
                    future.result()


def _same(now: CameraDesired, then: CameraDesired | None) -> bool:
    return then is not None and replace(then, wanted=now.wanted, watched_px=now.watched_px, name=now.name) == now
