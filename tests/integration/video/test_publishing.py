"""Boxed video into a real RTSP server that records it: only while wanted, again after trouble, never stuck."""

import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from clips import camera_like
from fake_sight import FACE, FakeSight
from video_rig import Simulator, Watch
from waiting import until

from edge.wire.messages import StreamState

Start = Callable[..., Simulator]
Run = Callable[..., Watch]
SERVER = "rtsp_recorder.py"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = camera_like(tmp_path_factory.mktemp("clips") / "door.mp4", [range(100)], 100)
    return f"file://{path}"


def live(one: Watch) -> Callable[[], bool]:
    return lambda: one.now.stream is StreamState.LIVE


def failed(one: Watch, reason: str) -> Callable[[], bool]:
    return lambda: any(state.stream is StreamState.FAILED and reason in state.reason for state in one.history)


def test_viewers_get_decodable_video_with_the_box_on_the_face(
    simulator: Start, watch: Run, clip: str, tmp_path: Path
) -> None:
    server = simulator(SERVER, "--file", str(tmp_path / "out.h264"))
    one = watch(clip, publish_url=server.url, sight=FakeSight(lambda _: True), wanted=True)
    until(live(one))
    time.sleep(2.0)
    one.pipeline.stop()
    with av.open(str(tmp_path / "out.h264"), format="h264") as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert not container.streams.video[0].codec_context.has_b_frames
    assert len(pictures) > 30
    left, top = int(FACE.box.x), int(FACE.box.y)
    line = pictures[-1][top : top + 2, left + 6 : left + 24].reshape(-1, 3).astype(int)
    assert np.abs(np.median(line, axis=0) - (0, 230, 118)).max() < 30


def test_nothing_is_sent_unless_wanted(simulator: Start, watch: Run, clip: str, tmp_path: Path) -> None:
    out = tmp_path / "out.h264"
    one = watch(clip, publish_url=simulator(SERVER, "--file", str(out)).url)
    time.sleep(1.0)
    assert one.now.stream is StreamState.STOPPED
    assert not out.exists()
    one.pipeline.set_wanted(True)
    until(live(one))
    one.pipeline.set_wanted(False)
    until(lambda: one.now.stream is StreamState.STOPPED)
    size = out.stat().st_size
    time.sleep(0.5)
    assert out.stat().st_size - size < 100_000
    one.pipeline.set_wanted(True)
    until(live(one))


def test_each_connection_asks_for_a_fresh_credential(simulator: Start, watch: Run, clip: str, tmp_path: Path) -> None:
    arguments = ("--file", str(tmp_path / "out.h264"), "--user", "door-1", "--password", "good%/token")
    server = simulator(SERVER, *arguments)
    passwords = iter(["stale", "stale too"])
    url = lambda: server.url(f"door-1:{next(passwords, 'good%25%2Ftoken')}@")  # noqa: E731
    one = watch(clip, publish_url=url, wanted=True)
    until(failed(one, "refused this device's credential"))
    until(live(one))
    assert all("stale" not in state.reason for state in one.history)


def test_a_server_that_dies_and_returns(simulator: Start, watch: Run, clip: str, tmp_path: Path) -> None:
    server = simulator(SERVER, "--file", str(tmp_path / "out.h264"))
    one = watch(clip, publish_url=server.url, wanted=True)
    until(live(one))
    server.kill()
    until(failed(one, "connection refused"))
    server.start()
    until(live(one))


def test_a_server_that_accepts_and_stalls_holds_nothing_up(
    simulator: Start, watch: Run, clip: str, tmp_path: Path
) -> None:
    server = simulator(SERVER, "--file", str(tmp_path / "out.h264"))
    server.stall()
    one = watch(clip, publish_url=server.url, wanted=True)
    until(failed(one, "stalled for 3 s"))
    looks = len(one.sight.frames)
    time.sleep(1.0)
    assert len(one.sight.frames) >= looks + 3
    until(lambda: one.now.stream is StreamState.STARTING)
    time.sleep(0.3)
    assert one.stopped_in_s() < 1.0
