"""Suppression and decoding by example and by property."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.detect.anchors import FULL_RANGE, SHORT_RANGE, anchor_centres
from edge.detect.decode import Detections, decode
from edge.detect.nms import MIN_OVERLAP, overlaps, weighted_nms


def detections(*rows: tuple[float, float, float, float]) -> Detections:
    """Squares from (x, y, side, score); every keypoint lies in the centre."""
    points = [[(x, y), (x + side, y + side), *[(x + side / 2, y + side / 2)] * 6] for x, y, side, _ in rows]
    return Detections(
        np.array(points, np.float32).reshape(-1, 8, 2), np.array([score for *_, score in rows], np.float32)
    )


def test_anchors_are_the_models_own() -> None:
    short, full = anchor_centres(SHORT_RANGE), anchor_centres(FULL_RANGE)
    assert short.shape == (896, 2)
    assert full.shape == (2304, 2)
    assert short[0].tolist() == short[1].tolist() == [1 / 32, 1 / 32]
    assert short[512].tolist() == short[517].tolist() == [1 / 16, 1 / 16]
    assert np.allclose(full[49], [1.5 / 48, 1.5 / 48])


def test_decodes_relative_to_the_anchor() -> None:
    raw = np.array([[12.8, -12.8, 25.6, 51.2, *[6.4, 0] * 6]], np.float32)
    found = decode(raw, np.array([2.0], np.float32), np.array([[0.5, 0.5]], np.float32), 128, 0.5)
    assert np.allclose(found.points[0, 0], [0.5, 0.2])
    assert np.allclose(found.points[0, 1], [0.7, 0.6])
    assert np.allclose(found.points[0, 2:], [0.55, 0.5])
    assert np.allclose(found.scores, 1 / (1 + np.exp(-2)))


def test_drops_what_scores_too_little() -> None:
    raw, anchors = np.zeros((3, 16), np.float32), np.zeros((3, 2), np.float32)
    found = decode(raw, np.array([-1, 0.1, 5], np.float32), anchors, 128, 0.5)
    assert len(found.scores) == 2


def test_a_group_is_averaged_by_score_and_keeps_its_best_score() -> None:
    found = weighted_nms(detections((0, 0, 10, 0.9), (1, 0, 10, 0.3), (50, 50, 10, 0.5)))
    assert np.allclose(found.scores, [0.9, 0.5])
    assert np.allclose(found.points[0, 0], [0.25, 0])


def test_nothing_in_nothing_out() -> None:
    assert weighted_nms(detections()).points.shape == (0, 8, 2)


squares = st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(1, 50), st.floats(0.1, 1))


@given(st.lists(squares, max_size=12))
def test_the_best_come_first_and_no_score_is_invented(rows: list[tuple[float, float, float, float]]) -> None:
    found = weighted_nms(detections(*rows))
    assert len(found.scores) <= len(rows)
    assert bool(found.scores.size) == bool(rows)
    assert (np.diff(found.scores) <= 0).all()
    assert set(found.scores) <= set(detections(*rows).scores)


@given(squares, squares)
def test_two_that_overlap_little_both_stay(one: tuple[float, ...], other: tuple[float, ...]) -> None:
    both = detections(one, other)  # type: ignore[arg-type]
    apart = overlaps(both.points[1:], both.points[0])[0] <= MIN_OVERLAP
    assert len(weighted_nms(both).scores) == (2 if apart else 1)


@given(squares)
def test_a_box_overlaps_itself_wholly(square: tuple[float, float, float, float]) -> None:
    points = detections(square).points
    assert np.allclose(overlaps(points, points[0]), 1, atol=1e-3)
