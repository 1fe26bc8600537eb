"""How wide a stream is made while viewers come, go and change their windows."""

from edge.stream.sizing import SHRINK_S, Sizing, scale_for


def test_growing_is_at_once_and_shrinking_waits() -> None:
    sizing = Sizing()
    assert sizing.asked(0, 640) == 0
    assert sizing.asked(SHRINK_S - 1, 640) == 0
    assert sizing.asked(SHRINK_S, 640) == 640
    assert sizing.asked(SHRINK_S + 1, 1280) == 1280
    assert sizing.asked(SHRINK_S + 2, 0) == 0


def test_whoever_looks_large_again_keeps_it_large() -> None:
    sizing = Sizing()
    sizing.asked(0, 640)
    sizing.asked(6, 0)
    assert sizing.asked(12, 640) == 0
    assert sizing.asked(12 + SHRINK_S, 640) == 640


def test_a_narrow_line_gets_fewer_pixels() -> None:
    assert [scale_for(share) for share in (1.0, 0.5, 0.49, 0.25, 0.1)] == [1.0, 1.0, 0.7, 0.7, 0.5]
