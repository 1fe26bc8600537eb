"""Attention: live faces first, then what moves, then the slow scan; bounded, and nothing waits for ever."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.detect.letterbox import View
from edge.seeing.attention import BURST, CUT_PERIOD_S, SURVEY_S, VIEWS_PER_LOOK, VIEWS_PER_SECOND, Attention
from edge.seeing.motion import Motion
from edge.values import Box

STILL = Motion((), cut=False)
CUT = Motion((), cut=True)
SOMEBODY = Box(800, 300, 150, 400)


def holds(view: View, box: Box) -> bool:
    half = view.side / 2
    return (
        view.x - half <= box.x
        and box.x + box.w <= view.x + half
        and view.y - half <= box.y
        and box.y + box.h <= view.y + half
    )


def settled() -> tuple[Attention, float]:
    """After the burst at the start."""
    attention = Attention(1920, 1080, 20)
    attention.plan(0.0, {}, CUT)
    for step in range(1, 25):
        attention.plan(step / 5, {}, STILL)
    return attention, 5.0


def test_a_start_looks_at_everything_coarsely_within_three_looks() -> None:
    attention = Attention(1920, 1080, 20)
    plans = [attention.plan(0.0, {}, CUT), attention.plan(0.2, {}, STILL), attention.plan(0.4, {}, STILL)]
    sides = [view.side for plan in plans for view in plan.search]
    assert sides[:7] == [1920] + [960] * 6


def test_whoever_moves_is_looked_at_at_once() -> None:
    attention, time_s = settled()
    plan = attention.plan(time_s, {}, Motion((SOMEBODY,), cut=False))
    assert any(holds(view, SOMEBODY) for view in plan.search)


def test_a_live_face_has_a_view_of_its_own_at_every_look() -> None:
    attention, time_s = settled()
    face = Box(1000, 400, 60, 60)
    for step in range(20):
        plan = attention.plan(time_s + step / 5, {7: face}, Motion((SOMEBODY,), cut=False))
        ((track_id, view),) = plan.tracks
        assert track_id == 7
        assert holds(view, face)


def test_what_a_certain_face_explains_is_surveyed_at_a_bounded_rate_wherever_it_goes() -> None:
    attention, time_s = settled()
    surveys = []
    for step in range(50):
        x = 300.0 + 25 * step
        motion = Motion((Box(x, 300, 300, 400), Box(x + 40, 350, 30, 30)), cut=False)
        plan = attention.plan(time_s + step / 5, {1: Box(x + 120, 310, 60, 60)}, motion, certain={1})
        surveys += [view for view in plan.search if abs(view.x - x) < 300 and view.side in (500.0, 250.0)]
    assert 10 / SURVEY_S * 0.6 <= len(surveys) <= 10 / SURVEY_S
    assert {view.side for view in surveys} == {500.0, 250.0}


def test_a_newcomer_beside_a_certain_face_is_looked_at_at_once() -> None:
    attention, time_s = settled()
    known, walker = Box(800, 300, 60, 60), Box(700, 290, 300, 450)
    for step in range(10):
        attention.plan(time_s + step / 5, {1: known}, Motion((walker,), cut=False), certain={1})
    newcomer = Box(1300, 350, 120, 300)
    plan = attention.plan(time_s + 2, {1: known}, Motion((walker, newcomer), cut=False), certain={1})
    assert any(holds(view, newcomer) for view in plan.search)


def test_crumbs_around_a_certain_face_are_left_out_and_whole_people_are_not() -> None:
    attention, time_s = settled()
    face, walker = Box(800, 300, 60, 60), Box(720, 290, 260, 450)
    crumb, newcomer = Box(690, 500, 30, 40), Box(560, 280, 110, 400)
    attention.plan(time_s, {1: face}, Motion((walker,), cut=False), certain={1})
    plan = attention.plan(time_s + 0.2, {1: face}, Motion((walker, newcomer, crumb), cut=False), certain={1})
    assert any(holds(view, newcomer) for view in plan.search)
    assert not any(view.side == 64 for view in plan.search)


def test_a_face_in_doubt_or_a_region_too_large_explains_nothing() -> None:
    def views(region: Box, certain: set[int]) -> int:
        attention, time_s = settled()
        plans = [
            attention.plan(time_s + step / 5, {1: Box(850, 310, 50, 50)}, Motion((region,), cut=False), certain)
            for step in range(50)
        ]
        return sum(len(plan.search) for plan in plans)

    explained = views(SOMEBODY, {1})
    assert explained < views(SOMEBODY, set())
    assert explained < views(Box(100, 100, 1700, 900), {1})


def test_the_still_scene_is_scanned_slowly_but_wholly() -> None:
    attention = Attention(640, 480, 20)
    looks = [attention.plan(step / 5, {}, CUT if step == 0 else STILL) for step in range(600)]
    seen = {(view.x, view.y, view.side) for plan in looks for view in plan.search}
    assert {(x, y, side) for x, y, side in seen if side == 160}
    assert len(seen) == 1 + 6 + 30
    assert sum(len(plan.search) for plan in looks[50:]) <= 1.5 * 110


def test_the_oldest_waits_no_longer_than_its_turn() -> None:
    """More regions than the allowance: all get their views in the end."""
    attention, time_s = settled()
    regions = tuple(Box(100.0 + 280 * column, 100.0 + 300 * row, 60, 60) for column in range(6) for row in range(3))
    motion, unseen = Motion(regions, cut=False), set(regions)
    for step in range(25):
        plan = attention.plan(time_s + step / 5, {}, motion)
        unseen -= {region for region in regions for view in plan.search if holds(view, region)}
    assert not unseen


def test_many_faces_leave_room_for_a_newcomer() -> None:
    attention, time_s = settled()
    faces = {index: Box(100.0 * index, 100, 50, 50) for index in range(12)}
    plans = [attention.plan(time_s + step / 5, faces, Motion((SOMEBODY,), cut=False)) for step in range(3)]
    assert all(len(plan.tracks) == VIEWS_PER_LOOK for plan in plans)
    assert any(holds(view, SOMEBODY) for plan in plans for view in plan.search)


boxes = st.builds(Box, st.floats(-50, 1900), st.floats(-50, 1060), st.floats(1, 1900), st.floats(1, 1000))


@settings(deadline=None)
@given(
    looks=st.lists(st.tuples(st.lists(boxes, max_size=24), st.booleans(), st.floats(0.01, 2)), min_size=1, max_size=40),
    width=st.integers(2, 4000),
    height=st.integers(2, 4000),
)
def test_the_allowance_is_kept_whatever_moves(
    looks: list[tuple[list[Box], bool, float]], width: int, height: int
) -> None:
    attention, time_s, views = Attention(width, height, 20), 0.0, 0
    for regions, cut, elapsed in looks:
        plan = attention.plan(time_s, {}, Motion(tuple(regions), cut))
        views += len(plan.search)
        assert len(plan.search) <= VIEWS_PER_LOOK
        bursts = 2 + time_s / CUT_PERIOD_S  # the start's own, the first cut's, and one each period
        assert views <= BURST * bursts + VIEWS_PER_SECOND * time_s + 1
        time_s += elapsed


def test_a_curtain_that_waves_for_ever_leaves_the_newcomer_his_view() -> None:
    attention, time_s = settled()
    curtain, newcomer = Box(1300, 400, 350, 450), Box(200, 350, 120, 300)
    views = 0
    for step in range(60):
        plan = attention.plan(time_s + step / 5, {}, Motion((curtain,), cut=False))
        views += len(plan.search)
        for view in plan.search:
            attention.note(view, found=False)
    plan = attention.plan(time_s + 12, {}, Motion((curtain, newcomer), cut=False))
    assert any(holds(view, newcomer) for view in plan.search)
    assert views < BURST + 12 * VIEWS_PER_SECOND


def test_what_is_known_is_not_forgotten_among_many_newcomers() -> None:
    attention, time_s = settled()
    known, walker = Box(800, 300, 60, 60), Box(700, 290, 300, 450)
    surveys = 0
    for step in range(50):
        newcomers = tuple(Box(40.0 * step + 170 * row, 100.0 + 150 * row, 90, 120) for row in range(4))
        plan = attention.plan(time_s + step / 5, {1: known}, Motion((walker, *newcomers), cut=False), certain={1})
        surveys += any(holds(view, walker) for view in plan.search if view.side < 640)
    assert surveys >= 3
