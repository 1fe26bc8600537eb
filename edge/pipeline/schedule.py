"""When a camera's pictures are looked at. Pure; times are on the stream's clock."""


class Schedule:
    """Looks spread evenly, each at the picture nearest to its moment."""

    def __init__(self, per_second: float) -> None:
        self._every_s = 1 / per_second
        self._next_s = float("-inf")
        self._last_s: float | None = None
        self._between_s = 0.0

    def passed(self, time_s: float) -> None:
        """A picture came: this learns how far pictures are apart."""
        if self._last_s is not None and 0 < time_s - self._last_s < 1:
            self._between_s = min(time_s - self._last_s, self._every_s)
        self._last_s = time_s

    def due(self, time_s: float) -> bool:
        """Whether a picture of that time should be looked at."""
        early_s = self._next_s - time_s
        return early_s <= self._between_s / 2 or early_s > 2 * self._every_s

    def looked(self, time_s: float) -> None:
        """A look was taken; the next keeps the beat, unless the beat was lost."""
        on_beat = abs(time_s - self._next_s) < self._every_s / 2
        self._next_s = (self._next_s if on_beat else time_s) + self._every_s
