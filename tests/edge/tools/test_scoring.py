"""Boxes against known faces: one box a face, hidden ones count neither way, a bad file says so."""

from pathlib import Path

import pytest

from edge.tools.scoring import Score, Truth, TruthError, hits, read_truth
from edge.values import Box

FACE = Box(100, 100, 50, 50)


def test_a_box_hits_by_overlap_or_by_mutual_centres() -> None:
    assert hits(Box(110, 105, 50, 50), FACE)
    assert hits(Box(85, 85, 80, 80), FACE)
    assert not hits(Box(140, 100, 50, 50), FACE)
    assert not hits(Box(0, 0, 400, 400), FACE)


def test_what_is_found_twice_is_one_hit_and_one_false_box() -> None:
    score = Score()
    score.add(Truth((FACE,)), [FACE, Box(104, 100, 50, 50)])
    score.add(Truth((FACE,)), [])
    assert score.recall == 0.5
    assert score.false_per_frame == 0.5


def test_hidden_faces_count_neither_way() -> None:
    score = Score()
    score.add(Truth((), (FACE,)), [FACE])
    assert score.recall is None
    assert score.false_per_frame == 0


def test_a_truth_is_read_and_a_bad_one_named(tmp_path: Path) -> None:
    path = tmp_path / "clip.json"
    path.write_text('[{"faces": [[1, 2, 3, 4]], "hidden": []}, {"faces": []}]')
    assert read_truth(path) == (Truth((Box(1, 2, 3, 4),)), Truth(()))
    for bad in ("", "[1]", '[{"faces": [[1, 2]]}]', '{"faces": []}', "[]"):
        path.write_text(bad)
        with pytest.raises(TruthError, match=r"clip\.json"):
            read_truth(path)
