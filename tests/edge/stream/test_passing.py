"""Which cameras' own video can be watched, and what of it is handed on, in which order."""

from dataclasses import replace

import pytest

from edge.camera.base import Unit, VideoFormat
from edge.pipeline.handoff import LATE_S, Handoff
from edge.seeing.forecast import Course, Forecast
from edge.stream.passing import Passable, Passed, access_unit, squeezed
from edge.values import Box

VIDEO = VideoFormat("h264", 640, 360, 25.0)
FACE = Forecast((640, 360), ((Course(Box(10, 20, 30, 40), (50.0, 0.0), 9.0), 9.5),))


def unit(time_s: float, key: bool = False) -> Unit:
    kind = b"\x65" if key else b"\x41"
    return Unit(time_s, 1e9 + time_s, key, 5, b"\0\0\1" + kind + b"x")


def passed(time_s: float, key: bool = False) -> Passed:
    return Passed(unit(time_s, key), VIDEO, FACE, time_s)


def answer(video: VideoFormat, *units: Unit) -> str:
    passable = Passable()
    passable.opened(video)
    for one in units:
        passable.saw(one)
    return passable.reason


@pytest.mark.parametrize(
    ("video", "reason"),
    [
        (VIDEO, ""),
        (replace(VIDEO, codec="hevc"), "the camera sends H.265"),
        (replace(VIDEO, codec="mjpeg"), "the camera sends MJPEG"),
        (replace(VIDEO, codec="raw"), "the camera sends raw pictures"),
        (replace(VIDEO, reordered=True), "the camera sends B-frames"),
        (replace(VIDEO, plain=False), "the camera sends more than 8-bit 4:2:0"),
    ],
)
def test_what_a_camera_says_of_itself(video: VideoFormat, reason: str) -> None:
    assert answer(video) == reason


def test_pictures_out_of_order_are_found_when_they_come() -> None:
    assert answer(VIDEO, unit(0, True), unit(0.04), unit(0.08)) == ""
    assert answer(VIDEO, unit(0, True), unit(0.12), unit(0.04)) == "the camera sends B-frames"


def test_key_pictures_far_apart_are_found_but_a_pause_is_no_proof() -> None:
    steady = [unit(number / 5, number == 0) for number in range(40)]
    assert "more than 5 s apart" in answer(VIDEO, *steady)
    assert answer(VIDEO, unit(0, True), unit(1), unit(7), unit(8, True)) == ""
    assert answer(VIDEO, *(unit(number / 5, number % 20 == 0) for number in range(100))) == ""


def test_a_new_connection_is_judged_afresh() -> None:
    passable = Passable()
    passable.opened(replace(VIDEO, reordered=True))
    passable.opened(VIDEO)
    passable.saw(unit(0, True))
    assert passable.reason == ""


def test_a_unit_goes_as_it_is_with_the_boxes_of_its_time() -> None:
    sent = access_unit(passed(9.2))
    assert sent.data == b"\0\0\1\x41x"
    assert (sent.time_s, sent.captured_at, sent.size) == (9.2, 1e9 + 9.2, (640, 360))
    (box,) = sent.boxes
    assert box.x == pytest.approx(10 + 50 * 0.2, abs=1)
    assert access_unit(passed(9.6)).boxes == ()


def test_a_beginning_is_the_kept_group_just_before_now() -> None:
    kept = tuple(unit(number, number == 0) for number in range(3))
    assert [one.time_s for one in squeezed(kept, VIDEO)] == pytest.approx([1.998, 1.999, 2.0])
    assert [one.unit.time_s for one in squeezed(kept, VIDEO)] == [0, 1, 2]


def taken(handoff: Handoff) -> list[float]:
    found = []
    while (item := handoff.take(0)) is not None:
        found.append(item.time_s)
    return found


def test_units_keep_their_order_and_begin_with_a_key() -> None:
    handoff = Handoff()
    for one in (passed(0.1), passed(0.2, True), passed(0.3)):
        handoff.follow(one)
    assert taken(handoff) == [0.2, 0.3]
    assert handoff.take_dropped() == 1


def test_when_units_wait_too_long_all_go_up_to_the_next_key() -> None:
    handoff = Handoff()
    late_s = LATE_S + 0.2
    for one in (passed(0, True), passed(0.1), passed(late_s), passed(late_s + 0.1), passed(late_s + 0.2, True)):
        handoff.follow(one)
    assert taken(handoff) == [late_s + 0.2]
    assert handoff.take_dropped() == 4
    handoff.begin([passed(5, True), passed(6)])
    handoff.begin([passed(7, True)])
    assert taken(handoff) == [7]
