"""Cameras on the device itself: picamera2's twin, and what V4L2 gives as coded and as packed pictures."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import Timer
from typing import Any

import cv2
import numpy as np
import pytest
from waiting import until

from edge.alerts.outbox_view import view
from edge.camera import pimodule
from edge.camera.address import parse
from edge.camera.base import Camera, Effort, Unit, VideoFormat
from edge.camera.opening import camera_for
from edge.camera.v4l2 import V4l2Camera
from edge.clock import SystemClock
from edge.device.probing import probe
from edge.errors import CameraError
from edge.values import Planes

TWIN = str(Path(__file__).parents[1] / "picamera_twin")


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(TWIN)
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)
    monkeypatch.setattr(pimodule, "WAIT_S", 0.1)
    import picamera2

    yield picamera2.Picamera2
    assert picamera2.Picamera2.started == []
    sys.modules.pop("picamera2", None)


@contextmanager
def opened(address: str) -> Iterator[Camera]:
    camera = camera_for(address, SystemClock())
    try:
        camera.open()
        yield camera
    finally:
        camera.close()


def pictures(camera: Camera, count: int) -> list[Planes]:
    decoder = camera.decoder(Effort.LIGHT)
    return [picture.planes() for unit in islice(camera.units(), count) for picture in decoder.decode(unit)]


@pytest.mark.parametrize("gives", ["YUV420", "NV12"])
def test_a_pi_camera_gives_planes_without_decoding(twin: Any, monkeypatch: pytest.MonkeyPatch, gives: str) -> None:
    monkeypatch.setattr(twin, "gives", gives)
    monkeypatch.setattr(twin, "u", 90)
    monkeypatch.setattr(twin, "v", 170)
    with opened("picamera://0") as camera:
        planes = pictures(camera, 3)[-1]
        assert (camera.format.width, camera.format.height, camera.format.fps) == (1280, 720, 25.0)
        assert camera.format.bt709
    assert (planes.y.shape, planes.u.shape, planes.v.shape) == ((720, 1280), (360, 640), (360, 640))
    assert planes.y.max() < 160
    assert (planes.u == 90).all()
    assert (planes.v == 170).all()


def test_a_pi_camera_is_probed(twin: Any) -> None:
    """Its buffer goes back as soon as the probe looks no further: the picture must have been taken out by then."""
    probed = probe("picamera://0", SystemClock())
    assert (probed.video.codec, probed.video.width) == ("raw", 1280)
    assert probed.jpeg.startswith(b"\xff\xd8")


def test_a_pi_camera_that_gives_something_else(twin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "gives", "MJPEG")
    with pytest.raises(CameraError, match="gives MJPEG, not YUV 4:2:0"), opened("picamera://0"):
        pass


def test_its_pictures_carry_the_time_of_their_capture(twin: Any) -> None:
    with opened("picamera://0") as camera:
        now_s, wall = time.monotonic(), time.time()
        units = list(islice(camera.units(), 3))
    assert all(now_s <= unit.time_s <= now_s + 5 for unit in units)
    assert all(abs((unit.captured_at - wall) - (unit.time_s - now_s)) < 0.5 for unit in units)


def test_the_small_stream_beside_the_large_one(twin: Any) -> None:
    with opened("picamera://0/lores") as small:
        assert (small.format.width, small.format.height) == (640, 360)
        with opened("picamera://0") as large:
            (seen,), (shown,) = pictures(small, 1), pictures(large, 1)
            assert twin.started == [0]
        assert (seen.y.shape, shown.y.shape) == ((360, 640), (720, 1280))
        assert len(pictures(small, 3)) == 3


def test_a_reader_who_dawdles_takes_no_buffers_from_the_other(twin: Any) -> None:
    with opened("picamera://0/lores") as quick, opened("picamera://0") as slow:
        held = slow.units()
        next(held)
        assert len(pictures(quick, 20)) == 20
        held.close()


def test_size_and_rate_are_asked_for_in_the_address(twin: Any) -> None:
    with opened("picamera://0?size=1920x1080&fps=10") as camera:
        assert (camera.format.width, camera.format.height, camera.format.fps) == (1920, 1080, 10.0)
        with pytest.raises(CameraError, match="already runs with another size"), opened("picamera://0/lores"):
            pass
    with opened("picamera://0/lores?size=1920x1080&fps=10") as camera:
        assert (camera.format.width, camera.format.height) == (960, 540)


@pytest.mark.parametrize("query", ["?size=big", "?size=0x0", "?fps=0", "?fps=1000", "?zoom=2", "?size=1280x720x3"])
def test_a_mode_that_makes_no_sense(query: str) -> None:
    for address in (f"picamera://0{query}", f"v4l2:///dev/video0{query}"):
        with pytest.raises(CameraError, match="only size=WIDTHxHEIGHT and fps=NUMBER"):
            camera_for(address, SystemClock())


@pytest.mark.parametrize("address", ["picamera://x", "picamera://0/raw", "picamera://0/main/2"])
def test_what_is_no_pi_camera(address: str) -> None:
    with pytest.raises(CameraError, match=r"use picamera://0 or picamera://0/lores"), opened(address):
        pass


def test_a_pi_camera_that_is_not_there(twin: Any) -> None:
    with pytest.raises(CameraError, match="no Raspberry Pi camera 1"), opened("picamera://1"):
        pass


def test_a_pi_camera_that_stalls_and_returns(twin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "stalled", True)
    with opened("picamera://0") as camera, pytest.raises(CameraError, match="stalled"):
        next(camera.units())
    monkeypatch.setattr(twin, "stalled", False)
    with opened("picamera://0") as camera:
        assert len(pictures(camera, 2)) == 2


def test_reading_a_pi_camera_can_be_interrupted(twin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "stalled", True)
    with opened("picamera://0") as camera:
        Timer(0.1, camera.interrupt).start()
        with pytest.raises(CameraError, match="stopped"):
            next(camera.units())


def test_the_whole_agent_runs_on_the_twin(tmp_path: Path, media: Path) -> None:
    config = tmp_path / "edge.toml"
    config.write_text(
        '[device]\nname = "pi"\nstate_dir = "state"\n[[camera]]\nid = "1"\nsource_url = "picamera://0?fps=10"\n'
        'settings.detect_url = "picamera://0/lores?fps=10"\n'
    )
    film = next((media / "clips").glob("door_visitor*"))
    paths = os.pathsep.join([TWIN, os.environ.get("PYTHONPATH", "")])
    environ = {**os.environ, "PYTHONPATH": paths, "TWIN_FILM": str(film)}
    program = str(Path(sys.executable).with_name("watchpost-edge"))
    with subprocess.Popen([program, "run", "--config", str(config)], env=environ) as agent:
        try:
            until(lambda: bool(view(tmp_path / "state" / "outbox.db").waiting), patience_s=60)
        finally:
            agent.terminate()
    assert agent.returncode == 0


def test_without_picamera2_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(CameraError, match="picamera2 is not installed"):
        camera_for("picamera://0", SystemClock()).open()


def v4l2(codec: str) -> V4l2Camera:
    camera = V4l2Camera(parse("v4l2:///dev/video97"), SystemClock())
    camera._format = VideoFormat(codec, 64, 48, 25.0)
    return camera


def unit(data: np.ndarray) -> Unit:
    return Unit(1.0, 2.0, True, data.nbytes, data)


def test_mjpeg_of_a_usb_camera_becomes_planes_and_damage_is_skipped() -> None:
    _, jpeg = cv2.imencode(".jpg", np.full((48, 64, 3), (40, 200, 40), np.uint8))
    decoder = v4l2("mjpeg").decoder(Effort.FULL)
    (picture,) = decoder.decode(unit(jpeg.ravel()))
    assert (picture.time_s, picture.captured_at, picture.size) == (1.0, 2.0, (64, 48))
    assert abs(int(picture.planes().y.mean()) - 134) < 4
    assert decoder.decode(unit(np.frombuffer(b"no jpeg at all", np.uint8))) == []


def test_yuyv_of_a_usb_camera_becomes_planes() -> None:
    packed = np.tile(np.array([90, 100, 90, 180], np.uint8), (48, 32)).reshape(1, -1)
    decoder = v4l2("yuyv422").decoder(Effort.FULL)
    (picture,) = decoder.decode(unit(packed))
    planes = picture.planes()
    assert (int(planes.y[5, 5]), int(planes.u[5, 5]), int(planes.v[5, 5])) == (90, 100, 180)
    assert decoder.decode(unit(packed[:, :100])) == []
