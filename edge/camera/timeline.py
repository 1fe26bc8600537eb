"""Stream timestamps to a time that only grows, over jumps, loops, gaps and jitter. Pure; arrivals are handed in."""

from dataclasses import dataclass

JUMP_S = 10.0
"""A recording's timestamps may pause this long; more, or a step back, is a jump and counts as one frame interval."""
LATE_S = 2.0
"""A live picture this much later (or at all earlier) than its timestamp promises moves the anchor."""
DRIFT = 0.002
"""How much of a live picture's lateness is taken over at once, so that clocks may drift apart without stutter."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A unit's own times in seconds, None where the stream has none, and when it arrived on the monotonic clock."""

    decode_s: float | None
    display_s: float | None
    arrived_s: float


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

    The anchor follows the earliest arrivals (a late one is network delay) and slowly the drift of the two clocks.
    """

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._last_s = float("-inf")

    def place(self, stamp: Stamp) -> float:
        """The unit's time on the monotonic clock, in seconds."""
        decode_s = stamp.decode_s if stamp.decode_s is not None else stamp.display_s
        if decode_s is None:
            return self._forward(stamp.arrived_s)
        late_s = 0.0 if self._offset_s is None else stamp.arrived_s - decode_s - self._offset_s
        if self._offset_s is None or not 0 <= late_s <= LATE_S:
            self._offset_s = stamp.arrived_s - decode_s
        else:
            self._offset_s += DRIFT * late_s
        return self._forward(decode_s + self._offset_s) + reorder_s(stamp)

    def _forward(self, time_s: float) -> float:
        self._last_s = max(self._last_s + 0.001, time_s)
        return self._last_s


def reorder_s(stamp: Stamp) -> float:
    """How long after its decoding a picture is shown; 0 where timestamps are missing or absurd."""
    if stamp.decode_s is None or stamp.display_s is None:
        return 0.0
    ahead_s = stamp.display_s - stamp.decode_s
    return ahead_s if 0 < ahead_s < JUMP_S else 0.0
