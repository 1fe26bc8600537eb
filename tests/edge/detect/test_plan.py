"""The search plan: every place is covered at every size, coarse first, within the budget."""

from hypothesis import given
from hypothesis import strategies as st

from edge.detect.plan import FACE_SHARE, Model, levels, search, tiles

sides = st.integers(1, 5000)


def test_a_small_picture_is_one_look_with_both_models() -> None:
    steps = search(150, 100, 20, 100)
    assert [(step.view.side, step.model) for step in steps] == [(150, Model.FULL), (150, Model.SHORT)]


def test_halves_the_views_until_the_smallest_face_is_a_tenth_of_them() -> None:
    assert list(levels(640, 480, 20)) == [640, 320, 160]
    assert list(levels(640, 480, 40)) == [640, 320]


def test_a_level_that_does_not_fit_is_left_out_whole() -> None:
    everything = search(1920, 1080, 20, 10_000)
    budget = len(everything) - 1
    bounded = search(1920, 1080, 20, budget)
    assert len(bounded) <= budget
    assert everything[: len(bounded)] == bounded
    assert {step.view.side for step in bounded} < {step.view.side for step in everything}


def test_even_without_a_budget_the_whole_picture_is_looked_at() -> None:
    assert {step.view.side for step in search(4000, 3000, 20, 0)} == {4000}


@given(width=sides, height=sides, side=st.floats(32, 5000), x=st.floats(0, 1), y=st.floats(0, 1))
def test_every_face_up_to_a_third_of_a_view_is_whole_in_one(
    width: int, height: int, side: float, x: float, y: float
) -> None:
    face = side * 0.34
    left, top = x * max(0.0, width - face), y * max(0.0, height - face)
    right, bottom = min(width, left + face), min(height, top + face)
    assert (
        any(
            view.x - side / 2 <= left + 0.01
            and right <= view.x + side / 2 + 0.01
            and view.y - side / 2 <= top + 0.01
            and bottom <= view.y + side / 2 + 0.01
            for view in tiles(width, height, side)
        )
        or side < max(1.0, min(width, height)) * 0.01
    )


@given(width=sides, height=sides, min_face=st.floats(8, 400))
def test_levels_go_down_to_the_smallest_face_and_no_further(width: int, height: int, min_face: float) -> None:
    found = list(levels(width, height, min_face))
    assert found[0] == max(width, height)
    assert found == sorted(found, reverse=True)
    assert all(side >= min_face / FACE_SHARE * 0.7 for side in found[1:])


@given(width=sides, height=sides, budget=st.integers(0, 500))
def test_the_budget_is_kept(width: int, height: int, budget: int) -> None:
    assert len(search(width, height, 20, budget)) <= max(budget, 2)
