import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.stream.annotate import BOX_RGB, draw, yuv_of
from edge.values import Box, Planes

GREEN = yuv_of(BOX_RGB, bt709=False, full_range=False)


def grey(width: int, height: int) -> Planes:
    return Planes(
        np.full((height, width), 90, np.uint8),
        np.full((height // 2, width // 2), 128, np.uint8),
        np.full((height // 2, width // 2), 128, np.uint8),
    )


def rgb(planes: Planes) -> np.ndarray:
    stacked = np.concatenate([planes.y.ravel(), planes.u.ravel(), planes.v.ravel()])
    return cv2.cvtColor(stacked.reshape(planes.height * 3 // 2, planes.width), cv2.COLOR_YUV2RGB_I420)


def test_the_line_has_the_box_colour_and_the_face_stays_untouched() -> None:
    planes = grey(640, 480)
    draw(planes, [Box(100, 120, 80, 90)], GREEN)
    picture = rgb(planes).astype(int)
    assert np.abs(picture[120, 110] - BOX_RGB).max() <= 3
    assert np.abs(picture[160, 100] - BOX_RGB).max() <= 3
    assert (picture[130:200, 110:170] == rgb(grey(640, 480))[0, 0]).all()


@pytest.mark.parametrize(("bt709", "full_range"), [(False, False), (False, True), (True, False), (True, True)])
def test_colours_come_back_through_the_matrix_that_they_were_made_for(bt709: bool, full_range: bool) -> None:
    colour = yuv_of(BOX_RGB, bt709, full_range)
    kr, kb = (0.2126, 0.0722) if bt709 else (0.299, 0.114)
    base, scale, chroma = (0, 255, 255) if full_range else (16, 219, 224)
    luma, blue, red = (colour.y - base) / scale, (colour.u - 128) / chroma, (colour.v - 128) / chroma
    r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    g = (luma - kr * r - kb * b) / (1 - kr - kb)
    assert np.abs(np.array([r, g, b]) * 255 - BOX_RGB).max() < 4


boxes = st.builds(Box, *(st.floats(-500, 1500) for _ in range(2)), *(st.floats(0, 1500) for _ in range(2)))


@given(st.lists(boxes, max_size=5))
def test_no_box_draws_outside_the_picture_or_between_chroma_and_luma(places: list[Box]) -> None:
    planes = grey(320, 240)
    draw(planes, places, GREEN)
    drawn = planes.y == GREEN.y
    assert (planes.y[~drawn] == 90).all()
    assert ((planes.u == GREEN.u) == drawn[::2, ::2]).all()


def test_lines_are_thicker_on_large_pictures() -> None:
    widths = []
    for height in (480, 1080):
        planes = grey(1920, height)
        draw(planes, [Box(100, 100, 200, 200)], GREEN)
        widths.append(int((planes.y[200, :200] == GREEN.y).sum()))
    assert widths == [2, 4]
