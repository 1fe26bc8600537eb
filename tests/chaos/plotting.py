"""The little SVG that the reports share."""

from collections.abc import Sequence
from html import escape

WIDTH, LEFT, RIGHT = 960, 130, 20


def across(at_s: float, end_s: float) -> float:
    """Where a moment lies."""
    return LEFT + (WIDTH - LEFT - RIGHT) * at_s / end_s


def text(x: float, y: float, words: str) -> str:
    """Small and grey."""
    return f'<text x="{x}" y="{y}" style="font:10px sans-serif;fill:#555">{escape(words)}</text>'


def line_of(times: Sequence[float], values: Sequence[float], bottom: float, height: float) -> str:
    """Values over time, from zero at the bottom to the highest at the top."""
    end_s, most = max([*times, 1.0]), max([*values, 1.0])
    points = " ".join(
        f"{across(at, end_s):.1f},{bottom - height * value / most:.1f}" for at, value in zip(times, values, strict=True)
    )
    return f'<polyline points="{points}" style="fill:none;stroke:#2471a3;stroke-width:1.5"/>'
