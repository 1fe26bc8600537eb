"""Real cameras and a real media server (gst-rtsp-server) for tests of the video pipeline, and the pipeline itself."""

import subprocess
from collections.abc import Callable, Iterator

import pytest
from video_rig import SYSTEM_PYTHON, Simulator, Watch


@pytest.fixture
def simulator() -> Iterator[Callable[..., Simulator]]:
    """Starts simulators, all ended when the test is over."""
    check = subprocess.run(
        [SYSTEM_PYTHON, "-c", "import gi; gi.require_version('GstRtspServer', '1.0')"], capture_output=True, check=False
    )
    if check.returncode != 0:
        pytest.skip("no gst-rtsp-server for the system's Python (gir1.2-gst-rtsp-server-1.0)")
    running: list[Simulator] = []

    def start(script: str, *arguments: str) -> Simulator:
        running.append(Simulator(script, *arguments))
        return running[-1]

    yield start
    for process in running:
        process.kill()


@pytest.fixture
def watch() -> Iterator[Callable[..., Watch]]:
    """Starts pipelines, all stopped when the test is over."""
    running: list[Watch] = []

    def start(source: str, **options: object) -> Watch:
        running.append(Watch(source, **options))  # type: ignore[arg-type]
        return running[-1]

    yield start
    for one in running:
        one.pipeline.stop()
