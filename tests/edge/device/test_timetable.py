"""Regular work and news, with the time handed in."""

from moved_clock import MovedClock

from edge.device.timetable import IDLE_S, Timetable


def test_regular_work_is_done_when_due() -> None:
    clock, done = MovedClock(), []
    timetable = Timetable(clock, lambda: None, 0.1)
    timetable.every(60, lambda: done.append("minute"), first_s=5)
    timetable.every(10, lambda: done.append("ten"))
    assert timetable.wait_s() == 5
    for _ in range(14):
        clock.move(5)
        timetable.run_due()
    assert done.count("minute") == 2
    assert done.count("ten") == 7


def test_news_is_told_at_once_and_then_together() -> None:
    clock, told = MovedClock(), []
    timetable = Timetable(clock, lambda: told.append(clock.monotonic()), 0.1)
    assert timetable.wait_s() == IDLE_S
    timetable.has_news()
    assert timetable.wait_s() == 0
    timetable.run_due()
    for _ in range(5):
        clock.move(0.01)
        timetable.has_news()
        timetable.run_due()
    assert told == [0]
    assert 0.04 < timetable.wait_s() < 0.06
    clock.move(0.06)
    timetable.run_due()
    timetable.run_due()
    assert len(told) == 2
