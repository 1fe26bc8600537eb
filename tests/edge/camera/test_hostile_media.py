"""Broken and unusual recordings: no crash, no hang, bounded memory, and a reason in words where nothing can be seen."""

import resource
from pathlib import Path

import av
import pytest
from clips import camera_like
from fake_sight import FakeSight
from titled_camera import TitledCamera

from edge.camera.opening import camera_for
from edge.clock import SystemClock
from edge.device.probing import probe
from edge.errors import CameraError
from edge.pipeline.lookout import Lookout
from edge.pipeline.meter import Meter
from edge.tools.replaying import Replay, Replayed

MEMORY_MB = 400
TITLE = "前门摄像头".encode("gbk")
UNREADABLE = {
    "audio_only.mp4": "no video",
    "h264_annexb_no_sps_pps.264": "not a video",
    "huge_7680x5760.mp4": "too large",
    "img_1x1.png": "no picture",
    "img_bomb_20000x20000.png": "no picture",
    "not_a_video_text.mp4": "not a video",
    "random_bytes.mp4": "not a video",
    "truncated_header_only.mp4": "no picture",
    "truncated_no_moov.mp4": "not a video",
    "zero_byte.mp4": "not a video",
}
FRAMES = {
    "camera_capture_vfr_nonzero_start.mkv": (60, 5.9),
    "h264_annexb_lost_slices_and_idr.264": (40, 2.0),
    "hevc.mp4": (60, 3.93),
    "pts_33bit_wrap.ts": (32, 3.93),
    "resolution_change_midstream.ts": (60, 3.93),
    "timestamp_jump_1h.ts": (77, 5.1),
    "tfjs_asl_hand_yuv444p_620x1080.mp4": (325, 12.96),
    "ts_midgop_1pct_packet_loss.ts": (40, 2.9),
    "vfr_irregular.mp4": (25, 3.7),
}


def replay(path: Path, watched: bool) -> tuple[Replayed, FakeSight]:
    sight = FakeSight(lambda _: True)
    lookout = Lookout(lambda: sight, 5, lambda _event: None, Meter("clip"), SystemClock())
    camera = camera_for(str(path), SystemClock(), live=False)
    return Replay(camera, lookout, 20, (lambda _unit, _shape: None) if watched else None).run(), sight


def readable(path: Path, watched: bool) -> bool:
    try:
        return replay(path, watched)[0].decoded > 0
    except CameraError:
        return False


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.fixture(params=["unwatched", "watched"])
def watched(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "watched")


def test_everything_is_read_or_refused_in_words(media: Path, watched: bool) -> None:
    before_mb = memory_mb()
    refused = {path.name for path in sorted((media / "hostile").iterdir()) if not readable(path, watched)}
    assert refused.issuperset(UNREADABLE)
    assert all(name.startswith("img_") for name in refused.difference(UNREADABLE))
    assert memory_mb() - before_mb < MEMORY_MB


@pytest.mark.parametrize("name", UNREADABLE)
def test_reasons(media: Path, name: str) -> None:
    with pytest.raises(CameraError, match=UNREADABLE[name]):
        replay(media / "hostile" / name, watched=False)


@pytest.mark.parametrize("name", FRAMES)
def test_pictures_come_in_order_over_the_right_time(media: Path, name: str) -> None:
    result, sight = replay(media / "hostile" / name, watched=True)
    frames, seconds = FRAMES[name]
    assert result.decoded >= frames * 0.95
    times = [frame.time_s for frame in sight.frames]
    assert times == sorted(set(times))
    assert times[-1] - times[0] == pytest.approx(seconds, abs=0.35)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("odd_size_321x241.mp4", (320, 240)),
        ("rotated_pixels_with_tag_upright.mp4", (640, 480)),
        ("tiny_16x16.mp4", (16, 16)),
        ("ultra_wide_3840x64.mp4", (3840, 64)),
        ("square_4096_1fps.mp4", (4096, 4096)),
        ("h264_yuv422p_10bit.mp4", (640, 480)),
        ("mjpeg.avi", (640, 480)),
    ],
)
def test_every_kind_of_picture_becomes_planes(media: Path, name: str, size: tuple[int, int]) -> None:
    _, sight = replay(media / "hostile" / name, watched=False)
    planes = sight.frames[0].planes
    assert (planes.width, planes.height) == size
    assert planes.u.shape == planes.v.shape == (size[1] // 2, size[0] // 2)


def test_a_stream_may_change_its_size(media: Path) -> None:
    _, sight = replay(media / "hostile" / "resolution_change_midstream.ts", watched=True)
    assert {frame.planes.width for frame in sight.frames} == {640, 1280}


def test_a_network_camera_with_a_title_in_another_encoding(tmp_path: Path) -> None:
    camera = TitledCamera(camera_like(tmp_path / "film.h264", [], frames=50), TITLE)
    try:
        assert probe(camera.url, SystemClock()).video.width == 320
    finally:
        camera.close()


def test_a_recording_with_a_title_in_another_encoding(tmp_path: Path) -> None:
    film = camera_like(tmp_path / "film.h264", [], frames=50)
    path = tmp_path / "film.avi"
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        target.metadata["title"] = "t" * len(TITLE)
        copy = target.add_stream_from_template(source.streams.video[0])
        for index, packet in enumerate(source.demux(source.streams.video[0])):
            packet.stream, packet.pts, packet.dts = copy, index, index
            if packet.size:
                target.mux(packet)
    path.write_bytes(path.read_bytes().replace(b"t" * len(TITLE), TITLE))
    assert replay(path, watched=False)[0].decoded == 50


def test_a_path_that_cannot_be_written_in_utf8_is_refused_in_words() -> None:
    with pytest.raises(CameraError):
        camera_for("/clips/\ud800.mp4", SystemClock()).open()
