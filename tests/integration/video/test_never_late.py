"""Pictures are left out, and counted, rather than shown late: a slow line, a slow encoder."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from clips import camera_like
from slow_server import slow_server
from video_rig import Simulator, Watch
from waiting import until

from edge.stream.boxed import BoxedVideo, Shot
from edge.stream.encoder import AccessUnit
from edge.wire.messages import BoxStyle, CameraSettings, StreamState

Start = Callable[..., Simulator]
Run = Callable[..., Watch]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = camera_like(tmp_path_factory.mktemp("clips") / "door.mp4", [range(100)], 100)
    return f"file://{path}"


def test_a_slow_encoder_drops_pictures_and_delays_none(
    simulator: Start, watch: Run, clip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = BoxedVideo.units

    def slowly(self: BoxedVideo, shot: Shot) -> list[AccessUnit]:
        time.sleep(0.2)
        return draw(self, shot)

    monkeypatch.setattr(BoxedVideo, "units", slowly)
    server = simulator("rtsp_recorder.py", "--file", str(tmp_path / "out.h264"))
    one = watch(clip, publish_url=server.url, wanted=True)
    until(lambda: one.now.stream is StreamState.LIVE)
    one.pipeline.health()
    time.sleep(2.0)
    health = one.pipeline.health()
    assert health.dropped > 20, "five of twenty-five pictures a second can be encoded"
    assert health.glass_to_video_ms_p95 is not None
    assert health.glass_to_video_ms_p95 < 1000, "nothing queues: an encoding and what came during one"


def test_a_slow_line_gets_fewer_and_smaller_pictures_and_no_old_ones(watch: Run, clip: str) -> None:
    """The clip itself takes 6,700 octets a second: laid over it does not fit, burnt it is made to."""
    with slow_server(5_000) as server:
        settings = CameraSettings(boxes=BoxStyle.OVERLAY)
        one = watch(clip, publish_url=lambda: server.url, wanted=True, settings=settings)
        until(lambda: one.now.stream is StreamState.LIVE)
        until(lambda: "the line does not carry the camera's own video" in one.now.note)
        until(lambda: len(server.ages_s) > 25)
        assert (one.now.stream, one.now.boxes) == (StreamState.LIVE, BoxStyle.BURNT)
        assert one.pipeline.health().dropped > 0
        assert max(server.ages_s[len(server.ages_s) // 2 :]) < 4.0
