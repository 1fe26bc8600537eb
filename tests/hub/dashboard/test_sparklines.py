"""Little plots: every point inside, a break where nothing was measured, and noise that does not look like news."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.dashboard.sparklines import HEIGHT, WIDTH, spark

START = datetime(2026, 12, 1, tzinfo=UTC)
SPAN = (START, START + timedelta(hours=24))
STEP_S = 300


def rows(*values: tuple[int, float | None]) -> list[dict[str, object]]:
    return [{"at": START + timedelta(minutes=minutes), "cpu_percent": value} for minutes, value in values]


FIGURES = st.dictionaries(st.integers(0, 1439), st.none() | st.floats(-1e6, 1e9), max_size=60)


@given(FIGURES.map(lambda found: list(found.items())))
def test_every_point_is_inside(values: list[tuple[int, float | None]]) -> None:
    found = spark(rows(*sorted(values)), "cpu_percent", SPAN, STEP_S)
    if found is None:
        assert all(value is None for _, value in values)
        return
    points = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", found.line)
    assert len(points) == sum(value is not None for _, value in values)
    assert all(0 <= float(x) <= WIDTH and -0.1 <= float(y) <= HEIGHT + 0.1 for x, y in points if found.low >= 0)


def test_a_gap_breaks_the_line() -> None:
    found = spark(rows((0, 1.0), (5, 2.0), (60, 3.0), (65, 4.0), (200, 5.0)), "cpu_percent", SPAN, STEP_S)
    assert found is not None
    assert found.line.count("M") == 3
    assert found.area.count("Z") == 2


def test_noise_stays_flat() -> None:
    found = spark(rows((0, 10.0), (5, 10.2)), "cpu_percent", SPAN, STEP_S)
    assert found is not None
    first, second = (float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", found.line))
    assert abs(first - second) < 1
