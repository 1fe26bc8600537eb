"""Counts over time as bars."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.dashboard.bars import HEIGHT, MOST_BARS, bars

START = datetime(2026, 3, 14, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_day_has_a_bar_for_each_hour_with_somebody() -> None:
    places, path = bars({START: 4, START + 23 * HOUR: 1}, START, START + 24 * HOUR)
    assert places == 24
    assert path == "M0.11 24v-24.0h0.78v24.0zM23.11 24v-6.0h0.78v6.0z"


def test_nobody_is_nothing() -> None:
    assert bars({}, START, START + 24 * HOUR) == (24, "")


@given(st.dictionaries(st.integers(0, 24 * 31), st.integers(1, 10**6)), st.integers(1, 24 * 31))
def test_bars_stay_within_the_plot(counts: dict[int, int], hours: int) -> None:
    places, path = bars({START + at * HOUR: count for at, count in counts.items()}, START, START + hours * HOUR)
    assert 1 <= places <= MOST_BARS
    for x, height in re.findall(r"M([\d.]+) 24v-([\d.]+)", path):
        assert 0 <= float(x) < places
        assert 0 < float(height) <= HEIGHT
    if any(at < hours for at in counts):
        assert max(float(height) for height in re.findall(r"v-([\d.]+)", path)) == pytest.approx(HEIGHT)
