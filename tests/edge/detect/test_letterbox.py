"""Views: what is cut lies where it should, black beyond the border, the same from RGB and from YUV planes."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detect.letterbox import RgbImage, View, YuvImage, whole
from edge.values import Plane, Planes


def gradient(width: int, height: int) -> Plane:
    """Red grows to the right, green downwards."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack([x, y, np.full_like(x, 128)], axis=2).astype(np.uint8)


def planes_of(rgb: Plane) -> Planes:
    height, width = rgb.shape[:2]
    packed = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
    u, v = packed[height:].reshape(2, height // 2, width // 2)
    return Planes(np.asarray(packed[:height], np.uint8), np.asarray(u, np.uint8), np.asarray(v, np.uint8))


def test_a_wide_picture_is_letterboxed_in_black() -> None:
    seen = RgbImage(np.full((50, 100, 3), 200, np.uint8)).cut(whole(100, 50), 100)
    assert (seen[:24] == 0).all()
    assert (seen[76:] == 0).all()
    assert (seen[26:74, 1:99] == 200).all()


def test_a_view_shows_its_place() -> None:
    seen = RgbImage(gradient(256, 256)).cut(View(192, 64, 64), 64)
    assert abs(int(seen[32, 32, 0]) - 192) <= 1
    assert abs(int(seen[32, 32, 1]) - 64) <= 1


def test_a_mirrored_view_is_the_view_flipped() -> None:
    image = RgbImage(gradient(256, 256))
    plain, mirrored = image.cut(View(128, 128, 128), 128), image.cut(View(128, 128, 128, mirrored=True), 128)
    assert np.abs(plain[:, :0:-1].astype(int) - mirrored[:, 1:].astype(int)).max() <= 2


def test_a_turned_view_turns_the_picture() -> None:
    image = RgbImage(gradient(256, 256))
    seen = image.cut(View(128, 128, 100, angle=np.pi / 2), 100)
    assert seen[50, 10, 1] < seen[50, 90, 1]  # across the view is downwards in the picture


@pytest.mark.parametrize("view", [View(100, 80, 60), View(10, 150, 120), View(100, 90, 300), View(90, 90, 50, 0.5)])
def test_planes_show_what_rgb_shows(view: View) -> None:
    rgb = gradient(200, 180)
    direct, by_planes = RgbImage(rgb).cut(view, 64), YuvImage(planes_of(rgb)).cut(view, 64)
    difference = np.abs(direct.astype(int) - by_planes.astype(int))
    assert np.median(difference) <= 3
    assert np.percentile(difference, 95) <= 12


@given(
    x=st.floats(-100, 2000),
    y=st.floats(-100, 2000),
    side=st.floats(8, 4000),
    angle=st.floats(-3.2, 3.2),
    mirrored=st.booleans(),
)
def test_the_centre_of_a_view_is_its_centre(x: float, y: float, side: float, angle: float, mirrored: bool) -> None:
    view = View(x, y, side, angle, mirrored)
    assert np.allclose(view.to_picture(np.array([[0.5, 0.5]], np.float32)), [[x, y]], atol=1e-3 * side)
    corners = view.to_picture(np.array([[0, 0], [1, 0], [0, 1]], np.float32))
    assert np.linalg.norm(corners[1] - corners[0]) == pytest.approx(side, rel=1e-3)
    assert np.linalg.norm(corners[2] - corners[0]) == pytest.approx(side, rel=1e-3)
