from itertools import pairwise

import pytest

from edge.pipeline.schedule import Schedule


def looks(fps: float, per_second: float, seconds: float, skip: range = range(0)) -> list[float]:
    schedule, taken = Schedule(per_second), []
    for index in range(round(seconds * fps)):
        if index in skip:
            continue
        time_s = index / fps
        schedule.passed(time_s)
        if schedule.due(time_s):
            schedule.looked(time_s)
            taken.append(time_s)
    return taken


@pytest.mark.parametrize("fps", [6, 10, 15, 25, 29.97, 60])
def test_looks_come_at_the_rate_asked_for(fps: float) -> None:
    assert abs(len(looks(fps, 5, 20)) - 100) <= 2


def test_a_slow_camera_is_looked_at_whenever_it_gives_a_picture() -> None:
    assert len(looks(2, 5, 10)) == 20


def test_looks_are_even() -> None:
    times = looks(25, 5, 10)
    assert all(abs(later - earlier - 0.2) < 0.03 for earlier, later in pairwise(times))


def test_after_a_gap_the_first_picture_is_due_and_none_is_made_up() -> None:
    times = looks(25, 5, 10, skip=range(50, 125))
    assert 5.0 in times
    assert sum(5.0 <= time_s < 6.0 for time_s in times) == 5


def test_time_that_goes_back_does_not_blind() -> None:
    schedule = Schedule(5)
    schedule.looked(1000.0)
    assert schedule.due(0.0)
