"""Whether decoding keeps up with the camera. Pure; times are handed in."""

BEHIND_S = 0.6
"""Decoding is behind when a unit is read so long after its time, after so much work without rest."""
REST = 4.0
"""A wait is worth so much more than work: who rests for a fifth of the time is not behind."""
MOST_S = 2 * BEHIND_S
"""No more work than that is remembered, so that one wait of a moment shows that all is read."""


class Pace:
    """How hard one reading thread works.

    That a unit is late says nothing by itself: after a stall on the line many come late and at once, and a camera's
    timestamps may run slow. A reader that had to wait for units has nothing lying behind them: it keeps up.
    """

    def __init__(self, now_s: float) -> None:
        self._since_s = now_s
        self._work_s = 0.0

    def asked(self, now_s: float) -> None:
        """The reader is done with one unit and asks for the next."""
        self._work_s = min(self._work_s + now_s - self._since_s, MOST_S)
        self._since_s = now_s

    def came(self, now_s: float) -> None:
        """The unit is there."""
        self._work_s = max(self._work_s - REST * (now_s - self._since_s), 0.0)
        self._since_s = now_s

    def behind(self, late_s: float) -> bool:
        """Whether a unit that is so late is so because those before it took too long."""
        return late_s > BEHIND_S and self._work_s > BEHIND_S
