"""Cameras on the device itself: picamera2's twin, and what V4L2 gives as coded and as packed pictures."""

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.address import parse
from edge.camera.base import Effort, Unit, VideoFormat
from edge.camera.opening import camera_for
from edge.camera.picamera import PiCamera
from edge.camera.v4l2 import V4l2Camera
from edge.clock import SystemClock
from edge.errors import CameraError


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "picamera_twin"))
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)
    import picamera2

    yield picamera2.Picamera2
    sys.modules.pop("picamera2", None)


@pytest.mark.parametrize("gives", ["YUV420", "NV12"])
def test_a_pi_camera_gives_planes_without_decoding(
    twin: object, monkeypatch: pytest.MonkeyPatch, gives: str
) -> None:
    monkeypatch.setattr(twin, "gives", gives)
    camera = camera_for("picamera://0", SystemClock())
    camera.open()
    decoder = camera.decoder(Effort.LIGHT)
    pictures = [picture for unit in islice(camera.units(), 3) for picture in decoder.decode(unit)]
    camera.close()
    planes = pictures[-1].planes()
    assert (planes.y.shape, planes.u.shape, planes.v.shape) == ((720, 1280), (360, 640), (360, 640))
    assert planes.y.max() < 100
    assert (planes.u == 90).all()
    assert (planes.v == 170).all()
    assert pictures[-1].size == (1280, 720)
    assert twin.started == []  # type: ignore[attr-defined]


def test_a_pi_camera_that_is_not_there(twin: object) -> None:
    with pytest.raises(CameraError, match="no Raspberry Pi camera 1"):
        camera_for("picamera://1", SystemClock()).open()


def test_a_pi_camera_that_gives_something_else(twin: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "gives", "MJPEG")
    camera = camera_for("picamera://0", SystemClock())
    with pytest.raises(CameraError, match="gives MJPEG"):
        camera.open()
    camera.close()


def test_a_pi_camera_that_stalls(twin: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "stalled", True)
    camera = PiCamera(parse("picamera://0"), SystemClock())
    camera.open()
    with pytest.raises(CameraError, match="stalled"):
        next(camera.units())
    camera.close()


def test_without_picamera2_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(CameraError, match="picamera2 is not installed"):
        camera_for("picamera://0", SystemClock()).open()


def test_a_usb_camera_that_is_not_there() -> None:
    with pytest.raises(CameraError, match=r"no device /dev/video97 \(not plugged in\?\)"):
        camera_for("v4l2:///dev/video97", SystemClock()).open()


def v4l2(codec: str) -> V4l2Camera:
    camera = V4l2Camera(parse("v4l2:///dev/video97"), SystemClock())
    camera._format = VideoFormat(codec, 64, 48, 25.0)
    return camera


def unit(data: np.ndarray) -> Unit:
    return Unit(1.0, 2.0, True, True, data.nbytes, data)


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
