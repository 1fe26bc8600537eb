"""A schedule is a pure function of its seed; it breaks everything, and no target twice at a time."""

from itertools import combinations

from chaos.schedule import KINDS, Cast, Fault, schedule, touches
from hypothesis import given, settings
from hypothesis import strategies as st

CAST = Cast(devices=[f"device-{n}" for n in range(5)], agents=["agent"])


def drawn(seed: int, count: int) -> list[Fault]:
    return schedule(seed, 8.0 * count, count, CAST)


@given(st.integers(0, 2**32), st.integers(1, 80))
def test_the_same_seed_breaks_the_same_things(seed: int, count: int) -> None:
    assert drawn(seed, count) == drawn(seed, count)
    assert len(drawn(seed, count)) == count


def test_another_seed_breaks_other_things() -> None:
    assert len({tuple(drawn(seed, 20)) for seed in range(50)}) == 50


@given(st.integers(0, 2**32))
def test_every_kind_comes_before_any_comes_again(seed: int) -> None:
    faults = drawn(seed, 2 * len(KINDS))
    kinds = sorted(fault.kind for fault in faults)
    assert kinds == sorted([kind.name for kind in KINDS] * 2)


@given(st.integers(0, 2**32), st.integers(2, 80))
@settings(deadline=None)
def test_no_target_is_in_two_faults_at_once(seed: int, count: int) -> None:
    for one, other in combinations(drawn(seed, count), 2):
        if touches(one.target, other.target):
            assert one.ends_s <= other.at_s or other.ends_s <= one.at_s


@given(st.integers(0, 2**32), st.integers(1, 80))
def test_a_fault_begins_in_time_and_lasts_as_long_as_its_kind_may(seed: int, count: int) -> None:
    longest = max(kind.most_s for kind in KINDS)
    for fault in drawn(seed, count):
        assert 0 <= fault.at_s < fault.ends_s <= fault.at_s + longest + 0.01
        assert 0 <= fault.amount <= 1
