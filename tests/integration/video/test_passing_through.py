"""The camera's own video at the viewers: untouched, boxes beside it, from the stream to watch; or burnt in, and why."""

import struct
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from clips import camera_like
from fake_sight import FACE, FakeSight
from numpy.typing import NDArray
from video_rig import Simulator, Watch
from waiting import until

from edge.stream.sei import HEAD, UUID
from edge.wire.messages import BoxStyle, CameraSettings, StreamState

Start = Callable[..., Simulator]
Run = Callable[..., Watch]
SERVER, CAMERA = "rtsp_recorder.py", "rtsp_camera.py"
OVERLAY = CameraSettings(boxes=BoxStyle.OVERLAY)


def recorded(file: Path) -> tuple[list[NDArray[np.uint8]], list[list[tuple[int, ...]]]]:
    """The luma of each picture that arrived at the media server, and the boxes that came inside it."""
    pictures, boxes = [], []
    with av.open(str(file), format="h264") as container:
        for frame in container.decode(video=0):
            pictures.append(frame.to_ndarray()[: frame.height])
            (ours,) = [bytes(data)[16:] for data in frame.side_data if bytes(data)[:16] == UUID]
            *_, count = HEAD.unpack_from(ours)
            sides = struct.unpack_from(f"!{4 * count}H", ours, HEAD.size)
            boxes.append([sides[at : at + 4] for at in range(0, len(sides), 4)])
    return pictures, boxes


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.h264"


def test_pictures_pass_untouched_with_their_boxes(simulator: Start, watch: Run, tmp_path: Path, out: Path) -> None:
    clip = camera_like(tmp_path / "door.mp4", [range(60)], 60)
    with av.open(str(clip)) as container:
        originals = {frame.to_ndarray()[: frame.height].tobytes() for frame in container.decode(video=0)}
    server = simulator(SERVER, "--file", str(out))
    sight = FakeSight(lambda _: True)
    one = watch(f"file://{clip}", publish_url=server.url, sight=sight, wanted=True, settings=OVERLAY)
    until(lambda: one.now.stream is StreamState.LIVE)
    time.sleep(1.5)
    one.pipeline.stop()
    pictures, boxes = recorded(out)
    assert len(pictures) > 25
    assert all(picture.tobytes() in originals for picture in pictures)
    face = FACE.box
    assert boxes[-1] == [(face.x, face.y, face.x + face.w, face.y + face.h)]
    assert (one.now.boxes, one.now.note) == (BoxStyle.OVERLAY, "")
    health = one.pipeline.health()
    assert health.encoder == ""
    assert health.glass_to_video_ms_p95 is not None
    assert health.dropped == 0


def test_b_frames_are_drawn_on_and_the_reason_is_told(simulator: Start, watch: Run, out: Path) -> None:
    camera, server = simulator(CAMERA, "--codec", "h264-bframes"), simulator(SERVER, "--file", str(out))
    one = watch(camera.url(), publish_url=server.url, wanted=True, settings=OVERLAY)
    until(lambda: one.now.stream is StreamState.LIVE and bool(one.now.note))
    assert one.now.note == "boxes are drawn into the picture: the camera sends B-frames"
    assert one.now.boxes is BoxStyle.BURNT
    until(lambda: one.pipeline.health().encoder != "")


@pytest.mark.parametrize("boxes", BoxStyle)
def test_faces_are_looked_for_in_the_small_stream_and_shown_in_the_large(
    simulator: Start, watch: Run, out: Path, boxes: BoxStyle
) -> None:
    large = simulator(CAMERA, "--size", "640x480")
    small, server = simulator(CAMERA), simulator(SERVER, "--file", str(out))
    settings = CameraSettings(boxes=boxes, detect_url=small.url())
    one = watch(large.url(), publish_url=server.url, sight=FakeSight(lambda _: True), settings=settings)
    until(lambda: len(one.sight.frames) > 2)
    assert (one.now.width, one.now.height) == (320, 240)
    assert not out.exists()
    one.pipeline.set_wanted(True)
    until(lambda: one.now.stream is StreamState.LIVE)
    time.sleep(1.0)
    one.pipeline.stop()
    assert {frame.planes.width for frame in one.sight.frames} == {320}
    pictures, inside = recorded(out)
    assert pictures[-1].shape == (480, 640)
    box = FACE.box
    if boxes is BoxStyle.OVERLAY:
        assert inside[-1] == [(box.x, box.y, box.x + box.w, box.y + box.h)]
    else:
        line = pictures[-1][int(2 * box.y) : int(2 * box.y) + 2, int(2 * box.x) + 8 : int(2 * box.x + 2 * box.w) - 8]
        assert np.median(line) > 100  # the green of the box on videotestsrc's black


def test_a_large_stream_that_fails_says_so(simulator: Start, watch: Run) -> None:
    small = simulator(CAMERA)
    one = watch("rtsp://127.0.0.1:1/none", settings=CameraSettings(detect_url=small.url()), wanted=True)
    until(lambda: one.now.stream is StreamState.FAILED and len(one.sight.frames) > 2)
    assert one.now.reason == "the stream to watch: connection refused"
