from hypothesis import given
from hypothesis import strategies as st

from edge.stream.ratecontrol import BEST_QP, WORST_QP, RateControl

TARGET = 2_000_000


def octets(bits_at_28: float, qp: int) -> int:
    """A scene's cost in bytes a second: halves with six steps."""
    return int(bits_at_28 * 2 ** ((28 - qp) / 6) / 8)


@given(st.floats(1e4, 5e7))
def test_any_steady_scene_comes_below_the_rate_within_two_groups(scene: float) -> None:
    control = RateControl(TARGET)
    for _ in range(2):
        control.spent(octets(scene, control.qp), 1.0)
    assert 8 * octets(scene, control.qp) <= TARGET * 1.01 or control.qp == WORST_QP


def test_a_quiet_scene_gets_the_best_quality_in_time() -> None:
    control = RateControl(TARGET)
    for _ in range(10):
        control.spent(octets(2e5, control.qp), 1.0)
    assert control.qp == BEST_QP


def test_a_steady_scene_keeps_its_quantiser() -> None:
    control = RateControl(TARGET)
    for _ in range(10):
        control.spent(octets(6e6, control.qp), 1.0)
    settled = {control.spent(octets(6e6, control.qp), 1.0) for _ in range(10)}
    assert len(settled) == 1


def test_nothing_spent_changes_nothing() -> None:
    control = RateControl(TARGET)
    before = control.qp
    assert control.spent(0, float("inf")) == before
