from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.camera.timeline import LiveTimeline, MediaTimeline, Stamp

EVERY_S = 0.04
times = st.one_of(st.none(), st.floats(-1e5, 1e5, allow_nan=False))


def placed(timeline: MediaTimeline, decode_times: list[float | None]) -> list[float]:
    return [round(timeline.place(Stamp(time_s, time_s, 0.0)), 6) for time_s in decode_times]


def test_a_recording_begins_at_zero_whatever_its_first_timestamp() -> None:
    assert placed(MediaTimeline(EVERY_S), [17.8, 17.9, 18.05]) == [0.0, 0.1, 0.25]


def test_missing_timestamps_follow_at_the_frame_interval() -> None:
    assert placed(MediaTimeline(EVERY_S), [None, None, None]) == [0.0, 0.04, 0.08]


def test_a_jump_of_an_hour_or_a_step_back_counts_as_one_interval() -> None:
    assert placed(MediaTimeline(EVERY_S), [0.0, 0.04, 3600.0, 3600.04, 1.0]) == [0.0, 0.04, 0.08, 0.12, 0.16]


def test_a_gap_within_reason_stays() -> None:
    assert placed(MediaTimeline(EVERY_S), [0.0, 3.0]) == [0.0, 3.0]


def test_a_loop_goes_on_one_interval_later() -> None:
    timeline = MediaTimeline(EVERY_S)
    placed(timeline, [5.0, 5.04])
    timeline.restart()
    assert placed(timeline, [5.0, 5.04]) == [0.08, 0.12]


def test_reordered_pictures_are_shown_later_than_decoded() -> None:
    timeline = MediaTimeline(EVERY_S)
    stamps = [Stamp(-0.08, 0.0, 0), Stamp(-0.04, 0.12, 0), Stamp(0.0, 0.04, 0)]
    assert [round(timeline.place(stamp), 6) for stamp in stamps] == [0.08, 0.2, 0.12]


@given(st.lists(times, max_size=50))
def test_decoding_times_of_a_recording_only_grow(decode_times: list[float | None]) -> None:
    timeline = MediaTimeline(EVERY_S)
    result = [timeline.place(Stamp(time_s, None, 0.0)) for time_s in decode_times]
    assert all(later >= earlier for earlier, later in pairwise(result))


def test_a_live_picture_that_comes_late_keeps_its_place() -> None:
    timeline = LiveTimeline()
    first = timeline.place(Stamp(0.0, 0.0, 100.0))
    second = timeline.place(Stamp(0.04, 0.04, 100.34))
    assert first == 100.0
    assert abs(second - 100.04) < 0.005


def test_a_live_picture_is_never_placed_after_it_came() -> None:
    timeline = LiveTimeline()
    timeline.place(Stamp(0.0, 0.0, 100.5))
    assert timeline.place(Stamp(1.0, 1.0, 101.0)) == 101.0


def test_a_live_jump_of_timestamps_anchors_again() -> None:
    timeline = LiveTimeline()
    timeline.place(Stamp(0.0, 0.0, 100.0))
    assert abs(timeline.place(Stamp(90_000.0, 90_000.0, 100.04)) - 100.04) < 1e-6


@given(st.lists(st.tuples(times, st.floats(0, 5)), max_size=50))
def test_live_times_only_grow(units: list[tuple[float | None, float]]) -> None:
    timeline, arrived_s, last = LiveTimeline(), 0.0, float("-inf")
    for decode_s, pause_s in units:
        arrived_s += pause_s
        time_s = timeline.place(Stamp(decode_s, None, arrived_s))
        assert time_s > last
        last = time_s
