"""A stream on a line that carries less than it would take: simulated, second by second."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.stream.uplinkrate import LEAST, LEAST_WAITING, UplinkRate

FULL = 2_000_000
FPS = 25


class Line:
    """A socket in front of a line of so many bits per second, and a stream that does what it is told."""

    def __init__(self, bps: float) -> None:
        self.bps = bps
        self.rate = UplinkRate(FULL)
        self.sent = self.queued = 0.0
        self.time_s = 0.0
        self.longest_s = 0.0
        self.left_out = 0
        self.shares: list[float] = []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * FPS)):
            share = self.rate.told(self.time_s, round(self.sent), round(self.queued))
            if self.rate.full(round(self.queued)):
                self.left_out += 1
            else:
                self.queued += share * FULL / FPS / 8
                self.sent += share * FULL / FPS / 8
            self.longest_s = max(self.longest_s, self.queued * 8 / self.bps)
            self.queued = max(0.0, self.queued - self.bps / FPS / 8)
            self.time_s += 1 / FPS
            self.shares.append(share)


def test_a_line_that_carries_it_is_never_held_back() -> None:
    line = Line(3_000_000)
    line.run(60)
    assert set(line.shares) == {1.0}
    assert line.left_out == 0


def test_a_narrow_line_gets_what_it_carries_and_waits_are_bounded() -> None:
    line = Line(800_000)
    line.run(30)
    assert line.rate.share * FULL <= 800_000
    assert line.longest_s < 2.0, "the worst is the beginning, at the full rate"
    before = line.left_out
    line.run(5)
    assert line.left_out == before


def test_it_comes_back_slowly_when_the_line_does() -> None:
    line = Line(800_000)
    line.run(20)
    line.bps = 5_000_000
    line.run(8)
    assert line.rate.share < 0.6
    line.run(120)
    assert line.rate.share == 1.0


def test_where_rising_fails_it_is_tried_ever_more_rarely() -> None:
    line = Line(1_000_000)
    line.run(300)
    changes = [at for at in range(1, len(line.shares)) if line.shares[at] > line.shares[at - 1]]
    waits = [(later - earlier) / FPS for earlier, later in pairwise(changes)]
    assert waits[-1] > 2 * waits[0]


def test_a_large_key_picture_is_no_crowd() -> None:
    rate = UplinkRate(FULL)
    for tick in range(100):
        assert rate.told(tick / FPS, tick * FULL, FULL // 8 // 2 if tick % FPS < 12 else 0) == 1.0
        assert not rate.full(FULL // 8 // 2)


@given(st.lists(st.integers(0, 10**7), max_size=400))
def test_the_share_stays_within_its_bounds(queued: list[int]) -> None:
    rate = UplinkRate(FULL)
    assert all(LEAST <= rate.told(tick / 5, tick * 1000 + waiting, waiting) <= 1 for tick, waiting in enumerate(queued))


@pytest.mark.parametrize(("queued", "full"), [(0, False), (140_000, False), (160_000, True)])
def test_a_picture_that_would_wait_long_is_left_out(queued: int, full: bool) -> None:
    rate = UplinkRate(FULL)
    rate.told(0.0, queued, queued)
    assert rate.full(queued) is full


def test_on_the_slowest_line_a_little_may_always_wait() -> None:
    rate = UplinkRate(50_000)
    assert rate.told(0.0, LEAST_WAITING, LEAST_WAITING) == 1.0
    assert not rate.full(LEAST_WAITING)
