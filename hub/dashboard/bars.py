"""Counts over time as one SVG path of bars: a plot that is there at the first paint and needs no script."""

from collections.abc import Mapping
from datetime import datetime, timedelta

MOST_BARS = 60
HEIGHT = 24
WIDTH = 0.78  # of a bar; the rest is the gap
LEAST = 1.5  # a bar for one visit beside one for a thousand can still be seen


def bars(counts: Mapping[datetime, int], since: datetime, until: datetime) -> tuple[int, str]:
    """How many places there are, and the path of those that hold something; `viewBox` is `0 0 places HEIGHT`.

    Hours are put together until at most MOST_BARS are left.
    """
    hours = max(1, -(-(until - since) // timedelta(hours=1)))
    together = -(-hours // MOST_BARS)
    places = -(-hours // together)
    heights = [0] * places
    for at, count in counts.items():
        place = (at - since) // timedelta(hours=together)
        if 0 <= place < places:
            heights[place] += count
    most = max(heights)
    return places, "".join(_bar(place, count / most) for place, count in enumerate(heights) if count)


def _bar(place: int, part: float) -> str:
    height = max(LEAST, part * HEIGHT)
    return f"M{place + 0.11:g} {HEIGHT}v-{height:.1f}h{WIDTH}v{height:.1f}z"
