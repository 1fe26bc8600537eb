"""How large a stream need be for those who watch it: a few widths, so that a window's edge may move a little. Pure."""

from collections.abc import Iterable

WHOLE = 0
STEPS = (320, 480, 640, 960, 1280, 1920)


def step_for(width: int | None) -> int:
    """The width to send where a picture is shown `width` pixels wide; WHOLE for more than any step, or if unknown."""
    return next((step for step in STEPS if width and step >= width), WHOLE)


def widest(steps: Iterable[int]) -> int:
    """What serves all of several viewers; WHOLE for none."""
    wanted = set(steps)
    return WHOLE if not wanted or WHOLE in wanted else max(wanted)
