"""A twin of picamera2 as far as Watchpost uses it: a camera module whose pictures are made here, paced in real time."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

PADDING = 64


class Job:
    """A capture that was asked for."""

    def __init__(self, due_s: float) -> None:
        self.due_s = due_s


class Picamera2:
    """One camera; rows are padded as libcamera pads them. `stalled` on the class makes every camera silent, `gives` is
    what it answers with, whatever was asked for: I420 (YUV420), else NV12."""

    stalled = False
    gives = "YUV420"
    started: list[int] = []  # noqa: RUF012 - what tests look at

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [{"Model": "twin", "Num": 0}]

    def __init__(self, number: int = 0) -> None:
        self._number = number
        self._size = (0, 0)
        self._period_s = 1.0
        self._count = 0
        self._next_s = 0.0

    def create_video_configuration(
        self, main: dict[str, Any], controls: dict[str, Any], buffer_count: int
    ) -> dict[str, Any]:
        assert main["format"] == "YUV420"
        assert buffer_count >= 2
        return {"main": main, "controls": controls}

    def configure(self, configuration: dict[str, Any]) -> None:
        self._size = configuration["main"]["size"]
        self._period_s = 1 / configuration["controls"]["FrameRate"]

    def camera_configuration(self) -> dict[str, Any]:
        return {"main": {"format": self.gives, "size": self._size}}

    def start(self) -> None:
        self.started.append(self._number)
        self._next_s = time.monotonic()

    def capture_array(self, name: str, wait: bool) -> Job:
        assert name == "main"
        assert not wait
        self._next_s += self._period_s
        return Job(self._next_s)

    def wait(self, job: Job, timeout: float) -> NDArray[np.uint8]:
        if self.stalled:
            raise TimeoutError
        time.sleep(max(0.0, min(timeout, job.due_s - time.monotonic())))
        width, height = self._size
        self._count += 1
        stacked = np.full((height * 3 // 2, width + PADDING), 128, np.uint8)
        stacked[:height, :width] = 60 + self._count % 100
        if self.gives == "NV12":
            stacked[height:, 0::2], stacked[height:, 1::2] = 90, 170
        else:
            chroma = stacked[height:].reshape(2, height // 2, -1)
            chroma[0], chroma[1] = 90, 170
        return stacked

    def cancel_all_and_flush(self) -> None:
        """Nothing is queued here."""

    def stop(self) -> None:
        if self._number in self.started:
            self.started.remove(self._number)

    def close(self) -> None:
        """The camera is free again."""
