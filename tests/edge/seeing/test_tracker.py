"""Tracks: people are followed through noise, misses, crossings and occlusion, and not confused."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.seeing.tracker import LOST_S, Tracker
from edge.values import Box, Face, Track

Walk = Callable[[float], tuple[float, float]]


def face(x: float, y: float, size: float = 60) -> Face:
    return Face(Box(x - size / 2, y - size / 2, size, size), 0.9)


def centre(track: Track) -> tuple[float, float]:
    return track.face.box.x + track.face.box.w / 2, track.face.box.y + track.face.box.h / 2


def test_a_new_face_is_a_new_track() -> None:
    (track,), ended = Tracker().update(1.0, [face(100, 100)])
    assert (track.first_s, track.seen_s, track.hits) == (1.0, 1.0, 1)
    assert ended == ()


def test_a_walking_face_keeps_its_track() -> None:
    tracker, ids = Tracker(), set()
    for step in range(40):
        (track,), _ = tracker.update(step / 5, [face(50 + 40 * step, 200 + 5 * step)])
        ids.add(track.track_id)
    assert ids == {1}
    assert track.hits == 40


def test_who_walks_fast_for_the_size_of_the_face_is_one_from_the_second_look_on() -> None:
    """A metre a second, seven face sizes, at looks of 0.4 s."""
    tracker, ids = Tracker(), set()
    for step in range(10):
        (track,), _ = tracker.update(0.4 * step, [face(100 + 0.4 * step * 7 * 24, 200, 24)])
        ids.add(track.track_id)
    assert ids == {1}


def test_who_walks_on_out_of_sight_is_found_where_that_leads() -> None:
    tracker = Tracker()
    for step in range(10):
        (before,), _ = tracker.update(step / 5, [face(100 + 24 * step, 100)])
    (after,), _ = tracker.update(1.8 + 2.4, [face(100 + 24 * 21, 100)])
    assert after.track_id == before.track_id


def test_tracks_come_back_in_the_order_of_the_faces() -> None:
    tracker = Tracker()
    (left, right), _ = tracker.update(0.0, [face(100, 100), face(500, 100)])
    (again_right, again_left), _ = tracker.update(0.2, [face(505, 100), face(105, 100)])
    assert (again_left.track_id, again_right.track_id) == (left.track_id, right.track_id)


def test_predicts_where_a_walker_is_between_looks() -> None:
    tracker = Tracker()
    for step in range(10):
        (track,), _ = tracker.update(step / 5, [face(100 + 20 * step, 100)])
    box = tracker.predicted(track.track_id, 1.9)
    assert box.x + box.w / 2 == pytest.approx(290, abs=4)


def test_survives_two_seconds_behind_something() -> None:
    tracker = Tracker()
    for step in range(10):
        (before,), _ = tracker.update(step / 5, [face(100 + 10 * step, 100)])
    for step in range(10, 19):
        tracker.update(step / 5, [])
    (after,), _ = tracker.update(3.8, [face(290, 100)])
    assert after.track_id == before.track_id


def test_ends_after_that() -> None:
    tracker = Tracker()
    tracker.update(0.0, [face(100, 100)])
    _, ended = tracker.update(LOST_S + 0.1, [])
    assert [track.track_id for track in ended] == [1]
    assert tracker.tracks == ()
    (newcomer,), _ = tracker.update(LOST_S + 0.2, [face(100, 100)])
    assert newcomer.track_id == 2


def test_somebody_far_away_or_of_another_size_is_somebody_else() -> None:
    tracker = Tracker()
    tracker.update(0.0, [face(100, 100)])
    (far, big), _ = tracker.update(0.2, [face(400, 100), face(100, 100, 150)])
    assert {far.track_id, big.track_id} == {2, 3}


def test_a_wrong_find_is_taken_back() -> None:
    tracker = Tracker()
    for step in range(5):
        tracker.update(step / 5, [face(100 + 10 * step, 100)])
    before = tracker.predicted(1, 1.6)
    tracker.update(1.2, [face(130, 160)])
    tracker.undo(1)
    assert tracker.predicted(1, 1.6) == before
    (newcomer,), _ = tracker.update(1.4, [face(800, 100)])
    tracker.undo(newcomer.track_id)
    assert [track.track_id for track in tracker.tracks] == [1]


CROSSINGS: list[tuple[Walk, Walk]] = [
    (lambda t: (100 + 150 * t, 200), lambda t: (900 - 150 * t, 205)),
    (lambda t: (100 + 150 * t, 200), lambda t: (900 - 100 * t, 240 - 8 * t)),
    (lambda t: (100 + 120 * t, 100 + 40 * t), lambda t: (820 - 120 * t, 100 + 40 * t)),
    (lambda t: (200 + 60 * t, 200), lambda t: (80 + 110 * t, 215)),
]


@pytest.mark.parametrize("walks", CROSSINGS)
@pytest.mark.parametrize("rate", [5, 10, 25])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_two_who_cross_do_not_swap(walks: tuple[Walk, Walk], rate: int, seed: int) -> None:
    """The one in front hides the other while they overlap."""
    rng, tracker = random.Random(seed), Tracker()
    names: dict[str, int] = {}
    for step in range(6 * rate):
        (ax, ay), (bx, by) = (walk(step / rate) for walk in walks)
        jitter = [rng.gauss(0, 1.5) for _ in range(4)]
        seen = {"front": face(ax + jitter[0], ay + jitter[1])}
        if abs(ax - bx) > 45 or abs(ay - by) > 45:
            seen["behind"] = face(bx + jitter[2], by + jitter[3])
        tracks, _ = tracker.update(step / rate, list(seen.values()))
        if len(seen) == 2:
            now = {name: track.track_id for name, track in zip(seen, tracks, strict=True)}
            names = names or now
            assert now == names, step / rate


@given(
    st.lists(st.lists(st.tuples(st.floats(0, 2000), st.floats(0, 1000), st.floats(10, 300)), max_size=6), max_size=12)
)
def test_every_face_gets_exactly_one_track(looks: list[list[tuple[float, float, float]]]) -> None:
    tracker = Tracker()
    for step, faces in enumerate(looks):
        tracks, _ = tracker.update(step / 5, [face(*item) for item in faces])
        assert [track.face for track in tracks] == [face(*item) for item in faces]
        assert len({track.track_id for track in tracks}) == len(faces)
        assert {track.track_id for track in tracks} <= {track.track_id for track in tracker.tracks}
