"""Beliefs: a clear answer counts at once, an unclear one after several checks, and waiting grows with doubt."""

from hypothesis import given
from hypothesis import strategies as st

from edge.seeing.belief import LONGEST_WAIT_S, NEEDED, WEAK_WAIT_S, Belief


def checked(*evidence: float) -> Belief:
    belief = Belief()
    for index, value in enumerate(evidence):
        belief = belief.after(value, 50, index * 0.2)
    return belief


def test_one_clear_check_confirms() -> None:
    assert checked(6.0).confirmed
    assert checked(6.0).probability > 0.99


def test_an_unclear_find_needs_several_checks() -> None:
    assert not checked(2.2).confirmed
    assert not checked(2.2, 2.2).confirmed
    assert checked(2.2, 2.2, 2.2).confirmed


def test_a_face_that_becomes_clear_is_not_held_back_by_its_past() -> None:
    belief = checked(-3.0, 1.0, -2.0, 4.8)
    assert belief.confirmed
    assert belief.probability > 0.9


def test_one_lucky_check_does_not_save_a_headlight() -> None:
    assert not checked(-7.0, 2.6, -7.0, -6.5).confirmed


def test_a_confirmed_face_is_not_lost_by_one_bad_check() -> None:
    assert checked(9.0, 8.0, -2.0).confirmed
    assert not checked(4.0, -6.0, -6.0, -6.0).confirmed


def test_the_refused_are_not_followed() -> None:
    assert checked(-4.0).refused
    assert not checked(-4.0).worth_following
    assert not checked(-1.0).refused
    assert checked(-1.0).worth_following
    assert not checked(*[0.5] * 8).worth_following
    assert Belief().worth_following


def test_who_has_grown_is_checked_at_once() -> None:
    belief = checked(0.5, 0.5, 0.5, 0.5, 0.5, 0.5)
    assert not belief.is_due(50, False, 1.1)
    assert belief.is_due(61, False, 1.1)


def test_a_weak_find_of_a_confirmed_face_is_checked_soon() -> None:
    belief = checked(9.0)
    assert not belief.is_due(50, False, WEAK_WAIT_S)
    assert belief.is_due(50, True, WEAK_WAIT_S)
    assert not belief.is_due(50, True, WEAK_WAIT_S / 2)


def test_a_find_of_something_else_says_nothing_of_the_face() -> None:
    belief = checked(9.0).after_wrong_find(4.0)
    assert belief.confirmed
    assert belief.evidence == (9.0,)


@given(st.lists(st.floats(-20, 40), min_size=1, max_size=12))
def test_waits_are_bounded_and_memory_too(evidence: list[float]) -> None:
    belief = checked(*evidence)
    last_s = (len(evidence) - 1) * 0.2
    assert last_s < belief.due_s <= last_s + LONGEST_WAIT_S
    assert len(belief.evidence) <= len(NEEDED)
    assert 0 <= belief.probability <= 1
