"""Little plots of a device's figures as SVG paths, drawn on the hub so that they are there without scripts. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

WIDTH, HEIGHT = 240, 48
PAD = 3
FROM_ZERO = frozenset({"cpu_percent", "outbox_length", "inference_ms", "lag_ms", "glass_to_alert_ms"})
LEAST_SPAN = {"cpu_percent": 50.0, "temperature_c": 10.0, "disk_free_mb": 500.0, "memory_mb": 50.0}
GAP_STEPS = 2.5
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spark:
    """A line and the area under it, with a break where nothing was measured; and the least and the most."""

    line: str
    area: str
    low: float
    high: float


def spark(rows: Sequence[Mapping[str, Any]], name: str, span: tuple[datetime, datetime], step_s: int) -> Spark | None:
    """The plot of one figure over a span of time; None when there is nothing of it."""
    found = [(row["at"], float(row[name])) for row in rows if row[name] is not None]
    if not found:
        return None
    low, high = min(value for _, value in found), max(value for _, value in found)
    bottom, top = _range(name, low, high)
    runs: list[list[Point]] = []
    before = None
    for at, value in found:
        if before is None or at - before > timedelta(seconds=GAP_STEPS * step_s):
            runs.append([])
        before = at
        x = max(0.0, WIDTH * ((at - span[0]) / (span[1] - span[0])))  # a step may begin before the span does
        runs[-1].append((x, HEIGHT - PAD - (HEIGHT - 2 * PAD) * (value - bottom) / (top - bottom)))
    return Spark("".join(map(_line, runs)), "".join(_area(run) for run in runs if len(run) > 1), low, high)


def _range(name: str, low: float, high: float) -> tuple[float, float]:
    """What the plot spans: from zero where that says something, and never so little that noise looks like news."""
    least = max(LEAST_SPAN.get(name, 0.0), abs(high) * 0.1, 1.0)
    if name in FROM_ZERO:
        return 0.0, max(high, least)
    middle, half = (low + high) / 2, max(high - low, least) / 2
    return middle - half, middle + half


def _line(run: Sequence[Point]) -> str:
    if len(run) == 1:
        return f"M{run[0][0]:.1f} {run[0][1]:.1f}h.1"
    return "M" + "L".join(_points(run))


def _area(run: Sequence[Point]) -> str:
    return f"M{run[0][0]:.1f} {HEIGHT}L{'L'.join(_points(run))}L{run[-1][0]:.1f} {HEIGHT}Z"


def _points(run: Iterable[Point]) -> list[str]:
    return [f"{x:.1f} {y:.1f}" for x, y in run]
