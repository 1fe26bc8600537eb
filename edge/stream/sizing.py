"""How wide a stream is made: as wide as it is watched, at once; narrower once that has been so for a while. Pure."""

SHRINK_S = 10.0
FULL_FROM, MIDDLE_FROM = 0.5, 0.25
MIDDLE, SMALL = 0.7, 0.5
"""Where the line carries less than half of the rate, fewer pixels look better than coarser ones."""


class Sizing:
    """Hysteresis over what viewers and the line ask for; 0 means whole."""

    def __init__(self) -> None:
        self.width = 0
        self._narrower_since_s: float | None = None

    def asked(self, now_s: float, width: int) -> int:
        """The width to send now, where `width` is asked for."""
        if _wide(width) >= _wide(self.width):
            self.width, self._narrower_since_s = width, None
        elif self._narrower_since_s is None:
            self._narrower_since_s = now_s
        elif now_s - self._narrower_since_s >= SHRINK_S:
            self.width, self._narrower_since_s = width, None
        return self.width


def scale_for(share: float) -> float:
    """How much smaller each side should be where the line carries that share of the full rate."""
    return 1.0 if share >= FULL_FROM else MIDDLE if share >= MIDDLE_FROM else SMALL


def _wide(width: int) -> float:
    return width or float("inf")
