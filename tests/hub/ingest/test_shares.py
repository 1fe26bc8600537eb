"""One device's share of the ingest: a flood is cut, and costs nobody else anything."""

from hub.ingest.shares import BURST, PER_S, Shares


class Clock:
    """Moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_flood_is_cut_and_others_are_not() -> None:
    clock = Clock()
    shares = Shares(clock)
    flood = "watchpost/v1/bad/visit"
    assert sum(shares.admits(flood) for _ in range(10_000)) == BURST
    assert all(shares.admits("watchpost/v1/good/visit") for _ in range(100))
    clock.now = 1.0
    assert sum(shares.admits(flood) for _ in range(10_000)) == PER_S


def test_an_honest_backlog_is_never_cut() -> None:
    clock = Clock()
    shares = Shares(clock)
    for number in range(20_000):
        clock.now = number / 100
        assert shares.admits("watchpost/v1/door/visit")


def test_a_topic_that_names_nobody_is_one_for_all() -> None:
    shares = Shares(Clock())
    assert sum(shares.admits("nonsense") + shares.admits("a/b") for _ in range(2000)) == BURST
