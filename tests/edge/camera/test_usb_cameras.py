"""USB cameras as OpenCV's own V4L2 opens and reads them, on a file that answers the kernel's requests as a camera."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import cv2
import numpy as np
import pytest

from edge.camera.opening import camera_for
from edge.clock import SystemClock
from edge.errors import CameraError

SOURCE = Path(__file__).parents[1] / "v4l2_twin.c"
PROGRAM = str(Path(sys.executable).with_name("watchpost-edge"))
ROOM, BUFFERS = 4 * 1024 * 1024, 4
SIZE = (1280, 720)


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What makes the kernel answer."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    path = tmp_path_factory.mktemp("v4l2") / "twin.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", path, SOURCE], check=True)
    return path


def jpeg() -> bytes:
    return cv2.imencode(".jpg", np.full((SIZE[1], SIZE[0], 3), 128, np.uint8))[1].tobytes()


def yuyv() -> bytes:
    return bytes((90, 100)) * (SIZE[0] * SIZE[1])


def probed(twin: Path, folder: Path, picture: bytes, **kind: str) -> "CompletedProcess[str]":
    """A probe of a camera that gives this picture."""
    device = folder / "video0"
    device.write_bytes(picture.ljust(ROOM, b"\0") * BUFFERS)
    environ = {**os.environ, "LD_PRELOAD": str(twin), "TWIN_CODEC": "MJPG", "TWIN_BYTES": str(len(picture)), **kind}
    line = [PROGRAM, "probe", "--json", f"v4l2://{device}?fps=20"]
    return subprocess.run(line, env=environ, capture_output=True, text=True, check=False)


def facts(result: "CompletedProcess[str]") -> tuple[str, int, int, float]:
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    return found["codec"], found["width"], found["height"], found["fps"]


def test_a_camera_with_mjpeg(twin: Path, tmp_path: Path) -> None:
    assert facts(probed(twin, tmp_path, jpeg())) == ("mjpeg", *SIZE, 20.0)


def test_a_camera_without_mjpeg(twin: Path, tmp_path: Path) -> None:
    assert facts(probed(twin, tmp_path, yuyv(), TWIN_CODEC="YUYV")) == ("yuyv422", *SIZE, 20.0)


@pytest.mark.parametrize(("kind", "fps"), [("fixed", 30.0), ("unknown", 0.0)])
def test_a_camera_that_has_its_own_rate(twin: Path, tmp_path: Path, kind: str, fps: float) -> None:
    assert facts(probed(twin, tmp_path, jpeg(), TWIN_RATE=kind)) == ("mjpeg", *SIZE, fps)


def test_a_camera_that_gives_nothing_is_told_in_seconds(twin: Path, tmp_path: Path) -> None:
    result = probed(twin, tmp_path, jpeg(), TWIN_PICTURES="0")
    assert "the camera gives no pictures (unplugged?)" in result.stderr


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        ("/dev/video97", r"no device /dev/video97 \(not plugged in\?\)"),
        ("/" + 300 * "v", "cannot be opened"),
        ("/dev/video\0", "cannot be opened"),
        ("/dev/null/0", "cannot be opened"),
        ("/dev/null", "cannot be opened"),
    ],
)
def test_what_is_no_camera(device: str, reason: str) -> None:
    with pytest.raises(CameraError, match=reason):
        camera_for(f"v4l2://{device}", SystemClock()).open()
