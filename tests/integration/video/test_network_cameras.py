"""Network cameras as they are: a real RTSP server that dies, stalls, refuses, changes; the pipeline says what it is."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from video_rig import Simulator, Watch
from waiting import until

from edge.wire.messages import CameraState

Start = Callable[..., Simulator]
Run = Callable[..., Watch]
CAMERA = "rtsp_camera.py"


def online(one: Watch) -> Callable[[], bool]:
    return lambda: one.now.state is CameraState.ONLINE


def offline(one: Watch, reason: str) -> Callable[[], bool]:
    return lambda: one.now.state is CameraState.OFFLINE and reason in one.now.reason


def test_a_camera_that_dies_and_returns(simulator: Start, watch: Run) -> None:
    camera = simulator(CAMERA)
    one = watch(camera.url())
    until(online(one))
    assert (one.now.codec, one.now.width, one.now.height) == ("h264", 320, 240)
    until(lambda: len(one.sight.frames) > 3)
    camera.kill()
    until(offline(one, "connection refused"))
    camera.start()
    until(online(one))
    seen = len(one.sight.frames)
    until(lambda: len(one.sight.frames) > seen + 3)


def test_a_camera_that_stalls_is_told_from_one_that_is_gone(simulator: Start, watch: Run) -> None:
    camera = simulator(CAMERA)
    one = watch(camera.url())
    until(online(one))
    camera.stall()
    until(offline(one, "stalled for"))
    camera.resume()
    until(online(one))
    camera.stall()
    time.sleep(0.5)
    assert one.stopped_in_s() < 1.0


def test_a_hiccup_does_not_cost_a_group_of_pictures(simulator: Start, watch: Run) -> None:
    camera = simulator(CAMERA, "--gop", "150")
    one = watch(camera.url())
    until(online(one))
    time.sleep(1.0)
    one.pipeline.health()
    camera.stall()
    time.sleep(1.2)
    camera.resume()
    time.sleep(2.0)
    assert one.now.state is CameraState.ONLINE
    assert one.pipeline.health().dropped < 8, (
        "of those that come at once, some displace others before they are looked at"
    )


def test_a_wrong_password_is_said_so_and_tried_rarely(simulator: Start, watch: Run) -> None:
    camera = simulator(CAMERA, "--user", "admin", "--password", "p@ss/w#1% x")
    one = watch(camera.url("admin:wrong@"))
    until(offline(one, "wrong password"))
    time.sleep(2.0)
    assert sum(state.reason == "wrong password" for state in one.history) == 1
    assert all("wrong@" not in state.reason for state in one.history)


@pytest.mark.parametrize("typed", ["admin:p%40ss%2Fw%231%25%20x@", "admin:p%40ss/w#1% x@"])
def test_a_password_with_special_characters(simulator: Start, watch: Run, typed: str) -> None:
    camera = simulator(CAMERA, "--user", "admin", "--password", "p@ss/w#1% x")
    until(online(watch(camera.url(typed))))


def test_a_path_that_the_camera_does_not_have(simulator: Start, watch: Run) -> None:
    camera = simulator(CAMERA)
    until(offline(watch(camera.url(path="/other")), "not found"))


@pytest.mark.parametrize(
    ("arguments", "codec"),
    [
        (("--codec", "h265"), "hevc"),
        (("--codec", "mjpeg"), "mjpeg"),
        (("--codec", "h264-bframes"), "h264"),
        (("--sound",), "h264"),
    ],
)
def test_what_cameras_send(simulator: Start, watch: Run, arguments: tuple[str, ...], codec: str) -> None:
    one = watch(simulator(CAMERA, *arguments).url())
    until(online(one))
    until(lambda: len(one.sight.frames) >= 5)
    times = [frame.time_s for frame in one.sight.frames]
    assert times == sorted(set(times))
    assert one.now.codec == codec


def test_a_camera_that_changes_its_size(simulator: Start, watch: Run) -> None:
    one = watch(simulator(CAMERA, "--resize-after-s", "1", "--resize-to", "640x480").url())
    until(lambda: one.now.width == 320)
    until(lambda: one.now.width == 640)
    assert one.now.state is CameraState.ONLINE


def test_a_visit_is_closed_when_its_camera_is_lost(simulator: Start, watch: Run) -> None:
    camera = simulator(CAMERA)
    one = watch(camera.url())
    one.sight.present = lambda _time_s: True
    until(lambda: len(one.visits) == 1)
    camera.kill()
    until(lambda: len(one.visits) == 2)
    assert one.visits[0].visit_id == one.visits[1].visit_id
    assert one.visits[1].closed_at is not None


@pytest.fixture
def babbler() -> Iterator[int]:
    """The port of a server that answers with noise."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = server.accept()
                    with peer, suppress(OSError):
                        peer.recv(1000)
                        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + os.urandom(3000))

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def test_what_does_not_speak_rtsp(babbler: int, watch: Run) -> None:
    until(offline(watch(f"rtsp://127.0.0.1:{babbler}/cam"), "does not speak RTSP"))


def test_a_half_open_camera_is_left_at_once(watch: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        one = watch(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/cam")
        time.sleep(1.0)
        assert one.stopped_in_s() < 1.0


def test_a_camera_without_a_name(watch: Run) -> None:
    until(offline(watch("rtsp://no-such-host.invalid/cam"), "host name not found"))


def test_a_file_stands_in_for_a_camera(watch: Run, tmp_path: object) -> None:
    from clips import camera_like

    clip = camera_like(tmp_path / "door.mp4", [range(20)], 20)  # type: ignore[operator]
    one = watch(f"file://{clip}")
    until(lambda: len(one.sight.frames) >= 8)
    times = [frame.time_s for frame in one.sight.frames]
    assert times == sorted(set(times))
    assert times[-1] - times[0] > 0.9
    assert one.now.state is CameraState.ONLINE
