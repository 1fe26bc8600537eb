"""Times as people read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.dashboard.rendering import headline
from hub.dashboard.states import Face
from hub.dashboard.times import ago, day, duration, element, moment, zone_named, zoned

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "just now"), (0, "just now"), (12, "12 s ago"), (60, "1 min ago"), (7199, "1 h ago"), (86400 * 3, "3 d ago")],
)
def test_ago(seconds: float, text: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == text


@pytest.mark.parametrize(
    ("days", "text"),
    [(0, "Today"), (1, "Yesterday"), (2, "Thursday 12 Mar"), (80, "24 Dec 2025")],
)
def test_day(days: int, text: str) -> None:
    assert day(NOW - timedelta(days=days), NOW) == text


def test_moment_leaves_today_out() -> None:
    assert moment(NOW, NOW) == "15:09"
    assert moment(NOW - timedelta(days=1), NOW) == "Yesterday, 15:09"


@pytest.mark.parametrize(
    ("state", "since", "text"),
    [
        ("offline", None, "Offline"),
        ("offline", "2026-03-14T12:00:00Z", "Offline since 12:00"),
        ("offline", "2026-03-13T12:00:00Z", "Offline since yesterday, 12:00"),
        ("starting", "2026-03-14T12:00:00Z", ""),
    ],
)
def test_a_tile_without_video_says_since_when(state: str, since: str | None, text: str) -> None:
    face = Face(state=state, tone="bad", label=state.capitalize(), cause="", since=since)
    assert headline(face, NOW) == text


def test_element_speaks_in_the_viewers_zone_and_keeps_utc_for_programs() -> None:
    tokyo = NOW.astimezone(ZoneInfo("Asia/Tokyo"))
    markup = element("2026-03-14T15:09:26.123456+00:00", "clock", tokyo)
    assert markup == '<time datetime="2026-03-14T15:09:26.123Z" data-as="clock">00:09:26</time>'


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_what_a_zone_has_no_time_for_is_told_in_utc(zone: str) -> None:
    now = NOW.astimezone(ZoneInfo(zone))
    for end in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)):
        assert zoned(end, now) == end
        assert "<time" in element(end, "moment", now)


@pytest.mark.parametrize("name", ["", "Nowhere/Atlantis", "../../etc/passwd", "a" * 60, "/etc/localtime", "\0"])
def test_unknown_zones_are_utc(name: str) -> None:
    assert zone_named(name) is UTC


@given(st.floats(0, 1e9))
def test_durations_are_short(seconds: float) -> None:
    number, unit = duration(seconds).split(" ")
    assert int(number) >= 0
    assert unit in {"s", "min", "h", "d"}
