"""How much of its full bit rate a stream may take on the line to the media server, from what waits to be sent. Pure."""

from collections import deque

WAITS_S, DROP_S = 0.2, 0.6
"""Video that waits longer is crowded, or too much to add to: a key picture alone is up to half a second's worth."""
CROWDED_S = 1.0
"""Waiting for so long on end means that the line does not carry it."""
LEAST_WAITING = 8_000
"""Octets that may wait on any line."""
MEASURED_S = 0.5, 2.0
"""The line's speed is what it took in at least, and at most, so many seconds in which something waited."""
SETTLES_S = 2.0
DOWN, UP, LEAST = 0.7, 1.25, 0.1
ROOM = 0.85
CALM_S, CALM_MOST_S = 10.0, 160.0


class UplinkRate:
    """One connection's share of its full rate, 0.1 to 1. Falls when the line is crowded, rises slowly, and ever more
    slowly where rising has failed."""

    def __init__(self, bit_rate: int) -> None:
        self.bit_rate = bit_rate
        self.share = 1.0
        self._taken: deque[tuple[float, int]] = deque()
        self._crowded_since_s: float | None = None
        self._calm_since_s: float | None = None
        self._changed_s = self._raised_s = float("-inf")
        self._calm_s = CALM_S

    def told(self, now_s: float, sent: int, queued: int) -> float:
        """So many octets were sent in all, of which so many still wait; the share from here on."""
        if queued <= LEAST_WAITING:
            self._taken.clear()
        self._taken.append((now_s, sent - queued))
        while now_s - self._taken[0][0] > MEASURED_S[1]:
            self._taken.popleft()
        if self._waits_s(queued) > WAITS_S:
            self._crowded(now_s)
        else:
            self._calm(now_s)
        return self.share

    def full(self, queued: int) -> bool:
        """Whether the next picture should be left out rather than wait."""
        return self._waits_s(queued) > DROP_S

    def _waits_s(self, queued: int) -> float:
        return 0.0 if queued <= LEAST_WAITING else 8 * queued / min(self._line_bps, self.share * self.bit_rate)

    @property
    def _line_bps(self) -> float:
        """What the line carries, infinite where nothing has waited long enough to tell."""
        (first_s, before), (last_s, after) = self._taken[0], self._taken[-1]
        seconds = last_s - first_s
        return max(1.0, 8 * (after - before) / seconds) if seconds >= MEASURED_S[0] else float("inf")

    def _crowded(self, now_s: float) -> None:
        self._calm_since_s = None
        self._crowded_since_s = now_s if self._crowded_since_s is None else self._crowded_since_s
        lasting = now_s - self._crowded_since_s >= CROWDED_S
        if lasting and now_s - self._changed_s >= SETTLES_S and self.share > LEAST:
            failed = now_s - self._raised_s < self._calm_s
            self._calm_s = min(CALM_MOST_S, 2 * self._calm_s) if failed else self._calm_s
            fits = ROOM * self._line_bps / self.bit_rate
            self.share, self._changed_s = max(LEAST, min(self.share * DOWN, fits)), now_s

    def _calm(self, now_s: float) -> None:
        self._crowded_since_s = None
        self._calm_since_s = now_s if self._calm_since_s is None else self._calm_since_s
        quiet_s = now_s - max(self._calm_since_s, self._changed_s)
        if self.share < 1 and quiet_s >= self._calm_s:
            self.share, self._changed_s, self._raised_s = min(1.0, self.share * UP), now_s, now_s
