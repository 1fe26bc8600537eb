"""A clock that tests move by hand."""


class MovedClock:
    """Starts at `wall_s` and moves only when told."""

    def __init__(self, wall_s: float = 1_000_000.0) -> None:
        self.wall_s = wall_s
        self.monotonic_s = 0.0

    def wall(self) -> float:
        return self.wall_s

    def monotonic(self) -> float:
        return self.monotonic_s

    def move(self, seconds: float) -> None:
        self.wall_s += seconds
        self.monotonic_s += seconds
