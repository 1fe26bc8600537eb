"""The best shot: larger, sharper, surer and more frontal is better; what is kept is a copy."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.seeing.bestshot import copied, frontality, quality, sharpness
from edge.values import Box, Face, Frame, Plane, Planes, Point

FRONTAL = ((30.0, 40.0), (70.0, 40.0), (50.0, 60.0), (50.0, 80.0), (10.0, 45.0), (90.0, 45.0))
PROFILE = ((30.0, 40.0), (40.0, 40.0), (28.0, 60.0), (30.0, 80.0), (30.0, 45.0), (90.0, 45.0))


def texture(blur: float = 0.0) -> Plane:
    noise = np.random.default_rng(2).integers(0, 255, (400, 400), np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2 + blur)
    return np.asarray(cv2.normalize(smooth, smooth, 0, 255, cv2.NORM_MINMAX), np.uint8)


def face(size: float = 100, keypoints: tuple[Point, ...] = FRONTAL) -> Face:
    return Face(Box(50, 50, size, size), 0.9, keypoints)


def test_larger_is_better() -> None:
    assert quality(texture(), face(120), 0.9) > quality(texture(), face(60), 0.9)


def test_sharper_is_better() -> None:
    assert quality(texture(), face(), 0.9) > quality(texture(blur=6), face(), 0.9)


def test_surer_is_better() -> None:
    assert quality(texture(), face(), 0.9) > quality(texture(), face(), 0.5)


def test_frontal_is_better() -> None:
    assert quality(texture(), face(), 0.9) > quality(texture(), face(keypoints=PROFILE), 0.9)
    assert frontality(FRONTAL) == pytest.approx(1)
    assert frontality(PROFILE) < 0.1
    assert frontality(()) == 0.5


@pytest.mark.parametrize(
    "box", [Box(-300, 0, 50, 50), Box(399, 399, 50, 50), Box(10, 10, 0.5, 0.5), Box(390, 0, 900, 3)]
)
def test_a_face_outside_the_picture_has_no_sharpness(box: Box) -> None:
    assert sharpness(texture(), box) == 0


def test_what_is_kept_does_not_change_with_the_decoders_buffer() -> None:
    y, u, v = np.full((8, 8), 5, np.uint8), np.full((4, 4), 6, np.uint8), np.full((4, 4), 7, np.uint8)
    kept = copied(Frame(Planes(y, u, v), 1.0, 2.0, 3))
    y[:], u[:], v[:] = 0, 0, 0
    assert (kept.planes.y == 5).all()
    assert (kept.planes.u == 6).all()
    assert (kept.planes.v == 7).all()
    assert (kept.time_s, kept.captured_at, kept.index) == (1.0, 2.0, 3)


coordinates = st.floats(-1000, 1000)


@given(
    keypoints=st.lists(st.tuples(coordinates, coordinates), min_size=6, max_size=6),
    x=coordinates,
    y=coordinates,
    size=st.floats(1, 500),
    score=st.floats(0, 1),
)
def test_quality_stays_between_nothing_and_perfect(
    keypoints: list[Point], x: float, y: float, size: float, score: float
) -> None:
    assert 0 <= quality(texture(), Face(Box(x, y, size, size), 1, tuple(keypoints)), score) <= 1
