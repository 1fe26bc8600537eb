"""How much of its full bit rate a stream may take on the line to the media server, from what waits to be sent. Pure."""

WAITS_S = 0.15
"""More than this much video waiting in the socket is crowded; a stream never has to wait longer than DROP_S."""
DROP_S = 0.3
SLACK_OCTETS = 24_000
"""Not counted: a key picture is larger than others and passes at once on any line that carries the stream."""
CROWDED_S = 1.0
SETTLES_S = 2.0
DOWN, UP, LEAST = 0.7, 1.25, 0.1
CALM_S, CALM_MOST_S = 10.0, 160.0


class UplinkRate:
    """One connection's share of its full rate, 0.1 to 1. Falls when the line is crowded, rises slowly, and ever more
    slowly where rising has failed."""

    def __init__(self, bit_rate: int) -> None:
        self.bit_rate = bit_rate
        self.share = 1.0
        self._crowded_since_s: float | None = None
        self._calm_since_s = self._changed_s = self._raised_s = float("-inf")
        self._calm_s = CALM_S

    def told(self, now_s: float, queued: int) -> float:
        """So many octets wait in the socket now; the share from here on."""
        if self._seconds(queued) > WAITS_S:
            self._crowded(now_s)
        else:
            self._calm(now_s)
        return self.share

    def full(self, queued: int) -> bool:
        """Whether the next picture should be left out rather than wait."""
        return self._seconds(queued) > DROP_S

    def _seconds(self, queued: int) -> float:
        """How much video waits, at the rate of now."""
        return max(0, queued - SLACK_OCTETS) * 8 / (self.share * self.bit_rate)

    def _crowded(self, now_s: float) -> None:
        self._calm_since_s = now_s
        self._crowded_since_s = now_s if self._crowded_since_s is None else self._crowded_since_s
        lasting = now_s - self._crowded_since_s >= CROWDED_S
        if lasting and now_s - self._changed_s >= SETTLES_S and self.share > LEAST:
            failed = now_s - self._raised_s < self._calm_s
            self._calm_s = min(CALM_MOST_S, 2 * self._calm_s) if failed else self._calm_s
            self.share, self._changed_s = max(LEAST, self.share * DOWN), now_s

    def _calm(self, now_s: float) -> None:
        self._crowded_since_s = None
        self._calm_since_s = now_s if self._calm_since_s == float("-inf") else self._calm_since_s
        quiet_s = now_s - max(self._calm_since_s, self._changed_s)
        if self.share < 1 and quiet_s >= self._calm_s:
            self.share, self._changed_s, self._raised_s = min(1.0, self.share * UP), now_s, now_s
