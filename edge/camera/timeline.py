"""Stream timestamps to a time that only grows, over jumps, loops, gaps and jitter. Pure; arrivals are handed in."""

from dataclasses import dataclass

JUMP_S = 10.0
"""A recording's timestamps may pause this long; more, or a step back, is a jump and counts as one frame interval."""
LATE_S = 2.0
"""A live picture this much later (or at all earlier) than its timestamp promises moves the anchor."""
DRIFT = 0.002
"""How much of a live picture's lateness is taken over at once, so that clocks may drift apart without stutter."""
WAITED_S = 0.01
"""What took so long to come was not there yet: its lateness is the line's or the timestamps', not the reader's."""
LAG_S, LAG_WINDOW_S, LEAST_WAIT = 0.25, 2.0, 0.2
"""When even the earliest picture of a window is so late, though at least this share of it was spent waiting, the
timestamps run slow: the anchor moves by as much."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A unit's own times in seconds, None where the stream has none, and when it was read on the monotonic clock.

    `waited_s`: how long the reader had waited for it then; next to nothing when it lay there already.
    """

    decode_s: float | None
    display_s: float | None
    arrived_s: float
    waited_s: float = WAITED_S


class MediaTimeline:
    """Places units of a recording: the first at 0, then as its timestamps say, over jumps and loops.

    `interval_s` stands in for a timestamp that is missing or absurd.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._offset_s: float | None = None
        self._last_s = -interval_s

    def restart(self) -> None:
        """The recording begins again: the next unit follows one interval after the last."""
        self._offset_s = None

    def place(self, stamp: Stamp) -> float:
        """The unit's time on the timeline, in seconds."""
        decode_s = stamp.decode_s if stamp.decode_s is not None else stamp.display_s
        follows_s = self._last_s + self._interval_s
        if decode_s is None:
            self._last_s = follows_s
            return follows_s
        offset_s = self._offset_s
        if offset_s is None or not 0 <= decode_s + offset_s - self._last_s <= JUMP_S:
            offset_s = self._offset_s = follows_s - decode_s
        self._last_s = decode_s + offset_s
        return self._last_s + reorder_s(stamp)


class LiveTimeline:
    """Places units of a live camera on the monotonic clock: evenly, as its timestamps run, yet never before they came.

    The anchor follows the earliest arrivals (a late one is network delay) and slowly the drift of the two clocks. It
    stays where it is for units that lay waiting, so that how far a slow reader is behind can be seen by them.
    """

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._last_s = float("-inf")
        self._lag = _Lag()

    def place(self, stamp: Stamp) -> float:
        """The unit's time on the monotonic clock, in seconds."""
        decode_s = stamp.decode_s if stamp.decode_s is not None else stamp.display_s
        if decode_s is None:
            return self._forward(stamp.arrived_s)
        self._offset_s = self._followed(self._offset_s, stamp, stamp.arrived_s - decode_s)
        return self._forward(decode_s + self._offset_s) + reorder_s(stamp)

    def _followed(self, offset_s: float | None, stamp: Stamp, arrived_offset_s: float) -> float:
        """The anchor after this unit."""
        late_s = 0.0 if offset_s is None else arrived_offset_s - offset_s
        waited = stamp.waited_s >= WAITED_S
        if offset_s is None or late_s < 0 or (waited and late_s > LATE_S):
            self._lag = _Lag()
            return arrived_offset_s
        return offset_s + self._lag.after(stamp, late_s) + (DRIFT * late_s if waited and late_s <= LATE_S else 0.0)

    def _forward(self, time_s: float) -> float:
        self._last_s = max(self._last_s + 0.001, time_s)
        return self._last_s


class _Lag:
    """The lateness that all pictures of a while have in common."""

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._waited_s = 0.0
        self._earliest_s = float("inf")

    def after(self, stamp: Stamp, late_s: float) -> float:
        """By how much to move the anchor after this unit, mostly 0."""
        if self._began_s is None:
            self._began_s = stamp.arrived_s
        self._waited_s += stamp.waited_s
        self._earliest_s = min(self._earliest_s, late_s)
        lasted_s = stamp.arrived_s - self._began_s
        if lasted_s < LAG_WINDOW_S:
            return 0.0
        lag_s = self._earliest_s if self._waited_s >= LEAST_WAIT * lasted_s else 0.0
        self._began_s, self._waited_s, self._earliest_s = stamp.arrived_s, 0.0, float("inf")
        return lag_s if lag_s > LAG_S else 0.0


def reorder_s(stamp: Stamp) -> float:
    """How long after its decoding a picture is shown; 0 where timestamps are missing or absurd."""
    if stamp.decode_s is None or stamp.display_s is None:
        return 0.0
    ahead_s = stamp.display_s - stamp.decode_s
    return ahead_s if 0 < ahead_s < JUMP_S else 0.0
