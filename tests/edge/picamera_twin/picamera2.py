"""A twin of picamera2 as far as Watchpost uses it: a camera module with two streams in padded buffers, paced in real
time, that runs dry when its buffers are not given back. It films a made-up scene, or the recording that the environment
variable TWIN_FILM names, so that a whole agent can run on it."""

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

PADDING = 64


class Job:
    """A capture that was asked for."""

    def __init__(self, due_s: float) -> None:
        self.due_s = due_s


class CompletedRequest:
    """A picture in the module's buffers, which go back when nobody holds it any more."""

    def __init__(self, camera: "Picamera2", luma: NDArray[np.uint8] | None, taken_s: float) -> None:
        self.config = camera.camera_configuration()
        self._camera = camera
        self._film = luma
        self._taken_s = taken_s
        self._holders = 1

    def acquire(self) -> None:
        with self._camera.lock:
            assert self._holders > 0
            self._holders += 1

    def release(self) -> None:
        with self._camera.lock:
            self._holders -= 1
            assert self._holders >= 0, "released more often than acquired"
            self._camera.free += self._holders == 0

    def get_metadata(self) -> dict[str, Any]:
        return {"SensorTimestamp": round(self._taken_s * 1e9)}

    def make_buffer(self, name: str) -> NDArray[np.uint8]:
        assert self._holders > 0, "its buffers have been given back"
        stream = self.config[name]
        (width, height), stride = stream["size"], stream["stride"]
        picture = self._camera.picture(self._film, width, height)
        luma = np.zeros((height, stride), np.uint8)
        luma[:, :width] = picture
        u, v = (np.full(height * stride // 4, value, np.uint8) for value in (self._camera.u, self._camera.v))
        interleaved = stream["format"] == "NV12"
        return np.concatenate([luma.ravel(), np.stack([u, v], 1).ravel() if interleaved else np.concatenate([u, v])])


class Picamera2:
    """One camera. `stalled` on the class makes every camera silent, `gives` is the format that it answers with,
    whatever was asked for; `started` tells which run."""

    stalled = False
    gives = "YUV420"
    u, v = 128, 128
    started: list[int] = []  # noqa: RUF012 - what tests look at

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [{"Model": "twin", "Num": 0}]

    def __init__(self, number: int = 0) -> None:
        self.lock = threading.Lock()
        self.free = 0
        self._number = number
        self._streams: dict[str, dict[str, Any]] = {}
        self._period_s = 1.0
        self._count = 0
        self._next_s = 0.0
        self._film = _frames(os.environ.get("TWIN_FILM", ""))

    def create_video_configuration(
        self, main: dict[str, Any], lores: dict[str, Any], controls: dict[str, Any], buffer_count: int
    ) -> dict[str, Any]:
        assert main["format"] == lores["format"] == "YUV420"
        assert buffer_count >= 2
        return {"main": main, "lores": lores, "controls": controls, "buffer_count": buffer_count}

    def configure(self, configuration: dict[str, Any]) -> None:
        for name in ("main", "lores"):
            size = configuration[name]["size"]
            self._streams[name] = {"size": size, "stride": size[0] + PADDING, "format": self.gives}
        self._period_s = 1 / configuration["controls"]["FrameRate"]
        self.free = configuration["buffer_count"]

    def camera_configuration(self) -> dict[str, Any]:
        return self._streams

    def start(self) -> None:
        self.started.append(self._number)
        self._next_s = time.monotonic()

    def capture_request(self, wait: bool) -> Job:
        assert not wait
        self._next_s = max(self._next_s + self._period_s, time.monotonic())
        return Job(self._next_s)

    def wait(self, job: Job, timeout: float) -> CompletedRequest:
        time.sleep(max(0.0, min(timeout, job.due_s - time.monotonic())))
        with self.lock:
            if self.stalled or not self.free:
                raise TimeoutError
            self.free -= 1
        self._count += 1
        return CompletedRequest(self, next(self._film), time.monotonic())

    def picture(self, film: NDArray[np.uint8] | None, width: int, height: int) -> NDArray[np.uint8]:
        if film is None:
            return np.full((height, width), 60 + self._count % 100, np.uint8)
        rows, columns = np.arange(height) * film.shape[0] // height, np.arange(width) * film.shape[1] // width
        return film[rows][:, columns]

    def cancel_all_and_flush(self) -> None:
        """Nothing is queued here."""

    def stop(self) -> None:
        if self._number in self.started:
            self.started.remove(self._number)

    def close(self) -> None:
        """The camera is free again."""


def _frames(film: str) -> Iterator[NDArray[np.uint8] | None]:
    """The luma of each frame of a recording, again and again; None for ever without one."""
    while not film:
        yield None
    while True:
        with av.open(film) as container:
            for frame in container.decode(video=0):
                yield frame.to_ndarray(format="gray")
