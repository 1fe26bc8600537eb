"""Sleep on scripted sizes: a key picture of 30 KB every two seconds at 25 frames a second, 640x480."""

import random
from collections.abc import Callable, Iterator

from edge.camera.waking import Need, Waking

FPS, GOP = 25, 50
KEY_BYTES = 30_000
Size = Callable[[int], int]


class Script:
    """Feeds a Waking with units and with what their pictures would show."""

    def __init__(self, key_bytes: int = KEY_BYTES) -> None:
        self.waking = Waking(640 * 480, face_px=20)
        self.key_bytes = key_bytes
        self.index = 0

    def run(self, seconds: float, size: Size, moved: bool = False, busy: bool = False) -> list[Need]:
        return list(self._units(round(seconds * FPS), size, moved, busy))

    def _units(self, units: int, size: Size, moved: bool, busy: bool) -> Iterator[Need]:
        for _ in range(units):
            time_s, key = self.index / FPS, self.index % GOP == 0
            need = self.waking.need(time_s, key, self.key_bytes if key else size(self.index), busy)
            decoded = need in (Need.DECODE, Need.WAKE, Need.PEEK)
            if decoded and (need is Need.PEEK or (self.index % 10 == 5 and not key)):
                self.waking.saw(time_s, moved)
            self.index += 1
            yield need


def still(index: int) -> int:
    return 60 + random.Random(index).randrange(40)


def moving(index: int) -> int:
    return 2500 + random.Random(index).randrange(500)


def noisy(index: int) -> int:
    return 3000 + random.Random(index).randrange(1200)


def asleep(needs: list[Need]) -> float:
    return sum(need in (Need.KEEP, Need.PEEK) for need in needs) / len(needs)


def test_a_still_scene_falls_asleep_and_stays_so() -> None:
    script = Script()
    assert asleep(script.run(2, still)) == 0
    script.run(4, still)
    assert asleep(script.run(60, still)) == 1


def test_whoever_comes_in_wakes_it_within_two_units() -> None:
    script = Script()
    script.run(20, still)
    needs = script.run(1, moving, moved=True)
    assert Need.WAKE in needs[:2]
    assert needs[2:] == [Need.DECODE] * (len(needs) - 2)


def test_it_stays_awake_while_somebody_moves_or_is_in_view() -> None:
    script = Script()
    script.run(20, still)
    assert asleep(script.run(30, moving, moved=True)[2:]) == 0
    assert asleep(script.run(10, still, busy=True)) == 0
    assert asleep(script.run(10, still)[80:]) > 0.9


def test_a_key_picture_is_looked_at_now_and_then() -> None:
    script = Script()
    script.run(20, still)
    assert 8 <= script.run(60, still).count(Need.PEEK) <= 12


def test_constant_bit_rate_and_noise_never_sleep() -> None:
    assert asleep(Script().run(120, noisy)) == 0


def test_a_change_that_no_size_told_of_forbids_sleep_and_each_time_longer() -> None:
    script = Script()
    script.run(20, still)
    script.run(10, still, moved=True)
    assert asleep(script.run(50, still)) == 0
    assert asleep(script.run(60, still)[1000:]) > 0.9
    script.run(10, still, moved=True)
    assert asleep(script.run(100, still)) == 0


def test_one_large_unit_alone_wakes_nobody() -> None:
    script = Script()
    script.run(20, still)
    start = script.index
    needs = script.run(4, lambda index: 300 if index == start + 60 else still(index))
    assert Need.WAKE not in needs


def test_a_false_alarm_is_short_and_learnt_from() -> None:
    def whims(index: int) -> int:
        return 260 if index % (3 * FPS) < 3 else still(index)

    script = Script()
    script.run(20, still)
    first = script.run(30, whims)
    assert asleep(first) > 0.5
    assert script.run(30, whims).count(Need.WAKE) < first.count(Need.WAKE)


def test_units_before_the_first_key_picture_are_decoded() -> None:
    waking = Waking(640 * 480, 20)
    assert {waking.need(index / FPS, False, 80, False) for index in range(200)} == {Need.DECODE}


def test_the_mending_after_each_key_picture_is_a_quiet_of_its_own() -> None:
    def mending(index: int) -> int:
        return round(still(index) * (1 + 4 * 0.9 ** (index % GOP)))

    script = Script(key_bytes=120_000)
    script.run(20, mending)
    needs = script.run(60, mending)
    assert asleep(needs) > 0.95
    start = script.index + (GOP - script.index % GOP) % GOP + 35
    script.run((start - script.index) / FPS, mending)
    assert Need.WAKE in script.run(0.2, lambda index: mending(index) + 200, moved=True)


def test_units_out_of_order_of_display_count_as_they_come() -> None:
    waking = Waking(640 * 480, face_px=20)
    needs = []
    for index in range(20 * FPS):
        shown = index + (3, -1, -1, -1)[index % 4]
        key = index % GOP == 0
        needs.append(waking.need(shown / FPS, key, KEY_BYTES if key else still(index), False))
        if needs[-1] is not Need.KEEP and index % 10 == 5:
            waking.saw(shown / FPS, False)
    assert asleep(needs[5 * FPS :]) > 0.9


def test_who_comes_in_with_a_key_picture_is_no_reason_for_distrust() -> None:
    script = Script()
    script.run(20, still)
    peek = next(index for index in range(10_000) if script.run(1 / FPS, still) == [Need.PEEK])
    assert peek >= 0
    script.waking.saw((script.index - 1) / FPS, True)
    script.run(4, moving, moved=True)
    assert asleep(script.run(20, still)[100:]) > 0.9
