"""The quantiser of the next group of pictures, from what the last one cost. Pure.

x264's own rate control looks at every picture twice; with one quantiser a group of pictures it costs a third less,
and half on a still scene. The price: a burst of motion may exceed the rate for as long as one group lasts.
"""

from math import ceil, log2

BEST_QP, WORST_QP = 25, 44
HALVING_QP = 6
"""Bits halve with every six steps (ITU-T H.264, 8.5.9: the step size doubles)."""
ROOM = 0.9
MOST_BETTER = 2


class RateControl:
    """Keeps a stream below `bit_rate` bits per second. Falls at once, rises slowly."""

    def __init__(self, bit_rate: int) -> None:
        self.bit_rate = bit_rate
        self.qp = BEST_QP + 3

    def spent(self, octets: int, seconds: float) -> int:
        """A group of pictures took so many bytes; returns the quantiser for the next."""
        if seconds > 0 and octets > 0:
            steps = HALVING_QP * log2(8 * octets / seconds / self.bit_rate)
            better = HALVING_QP * log2(8 * octets / seconds / (ROOM * self.bit_rate))
            change = ceil(steps) if steps > 0 else max(-MOST_BETTER, ceil(min(0.0, better)))
            self.qp = min(WORST_QP, max(BEST_QP, self.qp + change))
        return self.qp
