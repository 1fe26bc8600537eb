"""What the hub has is kept a while, in case the hub loses it, and makes room for what waits."""

from pathlib import Path
from uuid import uuid4

from kept_visits import QUOTA, answered, waiting
from moved_clock import MovedClock
from visit_reports import closing

from edge.alerts.outbox import Outbox
from edge.wire.messages import Committed


def test_what_the_hub_has_waits_no_more_and_is_offered_again_once_when_it_lost_it(
    path: Path, clock: MovedClock
) -> None:
    outbox, recall = Outbox(path, QUOTA, clock), uuid4()
    had = {answered(outbox) for _ in range(3)}
    assert waiting(outbox) == []
    assert outbox.figures().length == 0
    assert outbox.offer_again(recall) == 3
    assert {visit.visit_id for visit in waiting(outbox)} == had
    outbox.delete([Committed(visit.visit_id, visit.sequence) for visit in waiting(outbox)])
    assert outbox.offer_again(recall) == 0
    assert Outbox(path, QUOTA, clock).offer_again(recall) == 0
    assert Outbox(path, QUOTA, clock).offer_again(uuid4()) == 3


def test_what_the_hub_has_is_kept_for_days_and_never_longer(path: Path) -> None:
    clock = MovedClock(1_800_000_000.0)
    outbox = Outbox(path, QUOTA, clock, spare_s=100.0)
    answered(outbox)
    clock.move(101)
    young = answered(outbox)
    assert outbox.offer_again(uuid4()) == 1
    assert [visit.visit_id for visit in waiting(outbox)] == [young]


def test_a_clock_that_was_not_set_makes_nothing_old(path: Path) -> None:
    clock = MovedClock(0.0)
    outbox = Outbox(path, QUOTA, clock, spare_s=100.0)
    answered(outbox)
    clock.move(1_800_000_000)
    answered(outbox)
    assert outbox.offer_again(uuid4()) == 2


def test_what_the_hub_has_takes_a_quarter_of_the_quota(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, 40_000, clock)
    newest = [answered(outbox, picture=bytes(1000)) for _ in range(20)][-5:]
    assert 5 <= outbox.offer_again(uuid4()) <= 9
    assert [visit.visit_id for visit in waiting(outbox)][-5:] == newest


def test_a_device_may_be_told_to_keep_nothing_that_was_sent(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock, spare_s=0.0)
    answered(outbox)
    assert outbox.offer_again(uuid4()) == 0
    assert waiting(outbox) == []


def test_what_the_hub_has_makes_room_before_anything_is_lost(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, 20_000, clock)
    for _ in range(4):
        answered(outbox, picture=bytes(1000))
    for _ in range(14):
        outbox.put(closing(picture=bytes(1000)))
    assert len(waiting(outbox)) == 14
    assert (outbox.figures().pictures_dropped, outbox.figures().visits_dropped) == (0, 0)
    assert outbox.offer_again(uuid4()) < 4
