"""Draw and encode, then decode what came out: what a viewer would see."""

from fractions import Fraction

import av
import numpy as np
import pytest
from clips import scene

from edge.camera.base import VideoFormat
from edge.stream.boxed import BoxedVideo, Shot
from edge.stream.encoder import AccessUnit
from edge.stream.rtp import parameter_sets
from edge.values import Box, Planes

WIDTH, HEIGHT = 320, 240
BOX = Box(100, 60, 80, 90)


def planes(index: int, width: int = WIDTH, height: int = HEIGHT) -> Planes:
    if (width, height) != (WIDTH, HEIGHT):
        chroma = np.full((height // 2, width // 2), 128, np.uint8)
        return Planes(np.full((height, width), 90, np.uint8), chroma, chroma)
    stacked = scene(index, visitor=False)
    u, v = stacked[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
    return Planes(stacked[:HEIGHT], u, v)


def shot(index: int, boxes: tuple[Box, ...] = (), size: tuple[int, int] = (WIDTH, HEIGHT)) -> Shot:
    return Shot(planes(index, *size), boxes, 100 + index / 25, 1_000_000 + index / 25)


def decoded(units: list[AccessUnit]) -> list[np.ndarray]:
    context = av.codec.CodecContext.create("h264", "r")
    frames = []
    for unit in units:
        packet = av.Packet(unit.data)
        packet.pts, packet.time_base = round(unit.time_s * 1000), Fraction(1, 1000)
        frames += context.decode(packet)
    frames += context.decode(None)
    return [frame.to_ndarray(format="rgb24") for frame in frames]


def boxed(first: Shot, **video: bool) -> BoxedVideo:
    return BoxedVideo.of(VideoFormat("h264", WIDTH, HEIGHT, 25.0, **video), first)


@pytest.mark.parametrize("video", [{}, {"full_range": True}, {"bt709": True}])
def test_a_viewer_sees_the_box_in_its_colour(video: dict[str, bool]) -> None:
    stage = boxed(shot(0), **video)
    units = [unit for index in range(5) for unit in stage.units(shot(index, (BOX,)))]
    picture = decoded(units)[-1].astype(int)
    line = picture[60:62, 110:170].reshape(-1, 3)
    assert np.abs(np.median(line, axis=0) - (0, 230, 118)).max() < 25
    assert np.abs(np.median(picture[100:110, 130:150].reshape(-1, 3), axis=0) - (0, 230, 118)).max() > 60


def test_one_unit_a_picture_at_once_and_a_key_picture_with_its_headers_every_second() -> None:
    stage = boxed(shot(0))
    units = [stage.units(shot(index)) for index in range(60)]
    assert all(len(made) == 1 for made in units)
    keys = [index for index, made in enumerate(units) if made[0].key]
    assert keys == [0, 25, 50]
    assert all((parameter_sets(made[0].data) is not None) == made[0].key for made in units)


def test_times_are_kept() -> None:
    stage = boxed(shot(0))
    (unit,) = stage.units(shot(7))
    assert abs(unit.time_s - 100.28) < 1e-4
    assert unit.captured_at == 1_000_000.28


def test_the_picture_itself_is_not_drawn_on() -> None:
    first = shot(0, (BOX,))
    before = first.planes.y.copy()
    boxed(first).units(first)
    assert (first.planes.y == before).all()


def test_pictures_longer_than_1920_are_scaled_with_their_boxes() -> None:
    large = shot(0, (Box(1000, 500, 400, 400),), (3840, 2160))
    stage = BoxedVideo.of(None, large)
    assert (stage.shape.width, stage.shape.height) == (1920, 1080)
    picture = decoded(stage.units(large))[0].astype(int)
    assert np.abs(picture[251, 600] - (0, 230, 118)).max() < 25


def test_another_size_does_not_fit() -> None:
    stage = boxed(shot(0))
    assert stage.fits(shot(1))
    assert not stage.fits(shot(1, size=(640, 480)))


def test_a_camera_whose_clock_jumps_back_still_gets_a_stream() -> None:
    stage = boxed(shot(50))
    units = [unit for index in (50, 51, 3, 4, 5) for unit in stage.units(shot(index))]
    assert len(decoded(units)) == 5


def test_the_stream_is_made_as_wide_as_it_is_watched_and_boxes_stay_on_their_faces() -> None:
    large = lambda index: shot(index, (BOX,), (1280, 720))  # noqa: E731
    stage = BoxedVideo.of(VideoFormat("h264", 1280, 720, 25.0), large(0))
    units = stage.units(large(0))
    stage.aim(640, 1.0)
    units += [unit for index in (1, 2) for unit in stage.units(large(index))]
    assert [unit.key for unit in units] == [True, True, False]
    assert [picture.shape[:2] for picture in decoded(units)] == [(720, 1280), (360, 640), (360, 640)]
    picture = decoded(units)[-1].astype(int)
    assert np.abs(picture[31, 60:80] - (0, 230, 118)).max(axis=1).min() < 40


def test_a_narrow_line_gets_less() -> None:
    stage = boxed(shot(0))
    full = stage.aim(0, 1.0)
    assert stage.aim(0, 0.2) == full
    stage.units(shot(0))
    assert (stage.shape.width, stage.shape.height) == (WIDTH // 2, HEIGHT // 2)
