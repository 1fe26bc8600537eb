"""Polygons decide by the face's centre."""

from hypothesis import given
from hypothesis import strategies as st

from edge.seeing.zones import contains, counts
from edge.values import Box
from edge.wire.messages import CameraSettings

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
CORNER = ((0.0, 0.0), (0.4, 0.0), (0.0, 0.4))
ON_THE_LEFT, IN_THE_CORNER, ON_THE_RIGHT = Box(300, 500, 40, 40), Box(80, 80, 40, 40), Box(800, 500, 40, 40)


def test_without_polygons_every_place_counts() -> None:
    assert counts(ON_THE_RIGHT, 1000, 1000, CameraSettings())


def test_include_keeps_the_rest_out() -> None:
    settings = CameraSettings(include=(LEFT_HALF,))
    assert counts(ON_THE_LEFT, 1000, 1000, settings)
    assert not counts(ON_THE_RIGHT, 1000, 1000, settings)


def test_any_of_several_includes_is_enough() -> None:
    right = tuple((1 - x, y) for x, y in LEFT_HALF)
    assert counts(ON_THE_RIGHT, 1000, 1000, CameraSettings(include=(LEFT_HALF, right)))


def test_exclude_wins_over_include() -> None:
    settings = CameraSettings(include=(LEFT_HALF,), exclude=(CORNER,))
    assert counts(ON_THE_LEFT, 1000, 1000, settings)
    assert not counts(IN_THE_CORNER, 1000, 1000, settings)


def test_fractions_fit_any_size_of_picture() -> None:
    settings = CameraSettings(include=(LEFT_HALF,))
    assert counts(Box(30, 20, 10, 10), 100, 50, settings)
    assert not counts(Box(60, 20, 10, 10), 100, 50, settings)


def test_a_concave_polygon_has_a_hole_at_its_dent() -> None:
    arrow = ((0.0, 0.0), (1.0, 0.0), (0.5, 0.5), (1.0, 1.0), (0.0, 1.0))
    assert contains(arrow, (0.2, 0.5))
    assert not contains(arrow, (0.9, 0.5))


@given(x=st.floats(0, 1), y=st.floats(0, 1), turn=st.integers(0, 3))
def test_where_a_polygon_starts_does_not_matter(x: float, y: float, turn: int) -> None:
    turned = LEFT_HALF[turn:] + LEFT_HALF[:turn]
    assert contains(turned, (x, y)) == contains(LEFT_HALF, (x, y))
