"""What tests of the video pipeline are made of: simulators as processes, and a pipeline with everything it said."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fake_sight import FakeSight

from edge.clock import SystemClock
from edge.pipeline.pipeline import CameraPipeline
from edge.stream.outflow import Outlet
from edge.values import VisitReport
from edge.wire.messages import CameraDesired, CameraReported, CameraSettings

TESTS = Path(__file__).parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"


class Simulator:
    """One of the simulator scripts as a process that can be killed, stopped and started again on its port."""

    def __init__(self, script: str, *arguments: str) -> None:
        self._command = [SYSTEM_PYTHON, str(TESTS / "integration" / script), *arguments]
        self.port = 0
        self.start()

    def start(self) -> None:
        command = [*self._command, "--port", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self.port = json.loads(self._process.stdout.readline())["port"]

    def kill(self) -> None:
        self.resume()
        self._process.kill()
        self._process.wait()

    def stall(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGCONT)

    def url(self, user: str = "", path: str = "/cam") -> str:
        return f"rtsp://{user}127.0.0.1:{self.port}{path}"


@dataclass
class Watch:
    """A running pipeline and everything that it said."""

    source: str
    publish_url: Callable[[], str] = lambda: "rtsp://127.0.0.1:1/none"
    sight: FakeSight = field(default_factory=FakeSight)
    wanted: bool = False
    settings: CameraSettings = field(default_factory=CameraSettings)
    visits: list[VisitReport] = field(default_factory=list)
    history: list[CameraReported] = field(default_factory=list)

    def __post_init__(self) -> None:
        camera = CameraDesired("7", "door", self.source, wanted=self.wanted, settings=self.settings)
        self.pipeline = CameraPipeline(
            camera, self.visits.append, Outlet(self.publish_url), lambda: self.sight, SystemClock(), self._changed
        )
        self.pipeline.start()

    def _changed(self) -> None:
        self.history.append(self.pipeline.reported())

    @property
    def now(self) -> CameraReported:
        return self.pipeline.reported()

    def stopped_in_s(self) -> float:
        began_s = time.monotonic()
        self.pipeline.stop()
        return time.monotonic() - began_s
