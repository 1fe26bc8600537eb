"""The window: bounded, openings first, nothing unanswered holds up the rest, everything is sent at last."""

from hypothesis import given
from hypothesis import strategies as st

from edge.uplink.window import Window


class Rows:
    """A plain list of what waits."""

    def __init__(self, openings: list[int], closings: list[int]) -> None:
        self.open = openings
        self.closed = closings

    def openings(self, limit: int) -> list[int]:
        return sorted(self.open)[:limit]

    def closings(self, after: int, limit: int) -> list[int]:
        return [sequence for sequence in sorted(self.closed) if sequence > after][:limit]


def drain(window: Window, rows: Rows, now: float) -> list[int]:
    sent = []
    while (sequence := window.next(rows, now)) is not None:
        sent.append(sequence)
    return sent


def test_openings_go_before_a_backlog_and_no_more_than_the_window_holds() -> None:
    window, rows = Window(size=4), Rows([98, 99], list(range(1, 50)))
    assert drain(window, rows, 0) == [98, 99, 1, 2]
    window.answered([98, 1])
    rows.closed.remove(1)
    rows.open.remove(98)
    assert drain(window, rows, 0) == [3, 4]


def test_what_the_hub_does_not_answer_is_sent_again_behind_the_rest() -> None:
    window, rows = Window(size=2, answer_s=30), Rows([], [1, 2, 3, 4])
    assert drain(window, rows, 0) == [1, 2]
    window.received(1, 0)
    window.received(2, 0)
    assert drain(window, rows, 29) == []
    assert drain(window, rows, 31) == [3, 4]
    window.answered([3, 4])
    rows.closed = [1, 2]
    assert drain(window, rows, 31) == [1, 2]


def test_without_the_brokers_receipt_it_waits_longer() -> None:
    window, rows = Window(answer_s=30, receipt_s=300), Rows([], [1])
    assert drain(window, rows, 0) == [1]
    assert drain(window, rows, 299) == []
    assert drain(window, rows, 301) == [1]


def test_an_answer_or_receipt_for_what_was_never_sent_is_harmless() -> None:
    window = Window()
    window.received(7, 0)
    window.answered([7])
    assert drain(window, Rows([], [7]), 0) == [7]


@given(st.sets(st.integers(1, 200), max_size=60), st.sets(st.integers(201, 220)), st.sets(st.integers(1, 200)))
def test_everything_the_hub_answers_gets_through_whatever_it_never_answers(
    closings: set[int], openings: set[int], poison: set[int]
) -> None:
    window, rows = Window(size=5, answer_s=30), Rows(list(openings), list(closings))
    for step in range(200):
        sent = drain(window, rows, step * 10.0)
        assert len(sent) <= 5
        good = [sequence for sequence in sent if sequence not in poison]
        window.answered(good)
        for sequence in set(sent) - set(good):
            window.received(sequence, step * 10.0)
        rows.open = [s for s in rows.open if s not in good]
        rows.closed = [s for s in rows.closed if s not in good]
    assert set(rows.open) | set(rows.closed) <= poison


def test_a_backlog_goes_out_in_measure_and_openings_at_once() -> None:
    window, rows = Window(size=100, burst=5, per_s=10), Rows([], list(range(1, 50)))
    assert drain(window, rows, 0) == [1, 2, 3, 4, 5]
    assert drain(window, rows, 0.25) == [6, 7, 8]
    rows.open = [90, 91]
    assert drain(window, rows, 0.25) == [90, 91]
    assert len(drain(window, rows, 100)) == 5
