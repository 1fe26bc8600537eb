"""From a device's message to a row and its picture: nothing lost, nothing doubled, whatever dies in between."""

import signal
import time
from random import Random
from uuid import UUID

import pytest
from ingest_place import Place
from pretend_devices import PretendDevice, closing, visit
from waiting import until

from edge.wire.codec import encode
from edge.wire.messages import Visit
from hub.broker import start_broker
from hub.secrets import Sealer
from hub.store.segments import Place as PicturePlace
from hub.store.segments import read_picture

PICTURE = "SELECT picture_segment, picture_offset, picture_length, picture_sha256 FROM alert WHERE id = %s"


def picture_of(place: Place, message: Visit) -> bytes:
    ((segment, offset, length, digest),) = place.query(PICTURE, str(message.visit_id))
    return read_picture(place.data_dir / "pictures", PicturePlace(segment, offset, length), digest)


def assert_all_stored(place: Place, messages: list[Visit]) -> None:
    """Each visit once, closed if its closing was sent, with the right picture, and counted once."""
    last = {message.visit_id: message for message in messages}
    rows = place.query("SELECT id::text, closed_at IS NOT NULL FROM alert")
    assert len(rows) == len(last)
    assert dict(rows) == {str(key): message.closed_at is not None for key, message in last.items()}
    assert place.query("SELECT sum(alerts)::int FROM alert_hour") == [(len(last),)]
    for message in last.values():
        assert picture_of(place, message) == message.picture


def test_a_visit_is_stored_answered_and_completed(place: Place) -> None:
    camera = place.add_camera("door")
    place.start_ingest()
    door = place.join("door")
    opening = visit(camera)
    door.say(opening)
    settle(door)
    assert place.query("SELECT camera_id, device_id, closed_at, faces, score, box FROM alert") == [
        (camera, "door", None, 1, 0.9, [1.0, 2.0, 30.0, 40.0])
    ]
    assert picture_of(place, opening) == opening.picture
    door.say(closing(opening, 1))
    settle(door)
    assert_all_stored(place, [opening, closing(opening, 1)])
    assert place.stop_ingest() == 0


def test_closing_before_opening_and_repeats_change_nothing(place: Place) -> None:
    camera = place.add_camera("door")
    place.start_ingest()
    door = place.join("door")
    opening = visit(camera)
    for message in (closing(opening, 1), opening, closing(opening, 1), opening):
        door.say(message)
        settle(door)
    assert_all_stored(place, [opening, closing(opening, 1)])


def test_the_device_hears_what_is_wanted_of_it(place: Place) -> None:
    camera = place.add_camera("door")
    door = place.join("door")
    place.start_ingest()
    until(lambda: bool(door.desired), "what is desired at the start")
    assert [(item.id, item.source_url) for item in door.desired[-1].cameras] == [
        (str(camera), "rtsp://user:pass@camera/1")
    ]
    place.query("UPDATE device SET desired_revision = 7 WHERE id = 'door'")
    place.query("SELECT pg_notify('watchpost_desired', 'door')")
    until(lambda: door.desired[-1].revision == 7, "the new revision")


def test_a_command_is_told_once_and_its_answer_kept_also_when_ingest_comes_late(place: Place) -> None:
    place.add_camera("door")
    door = place.join("door")
    sealed = Sealer.open(place.data_dir / "secrets").seal("rtsp://user:pass@camera/1")
    ids = [UUID(int=number) for number in (1, 2, 3)]
    ask = (
        "INSERT INTO command (id, device_id, action, url_sealed, asked_by, asked_at, expires_at, error, details) "
        "VALUES (%s, 'door', 'probe', %s, 'anna', now(), now() + %s * interval '1 second', '', '{}')"
    )
    place.query(ask, str(ids[0]), sealed, 60)
    place.query(ask, str(ids[2]), sealed, -1)
    place.start_ingest()
    until(lambda: bool(door.commands), "the command that waited")
    place.query(ask, str(ids[1]), sealed, 60)
    place.query("SELECT pg_notify('watchpost_command', 'no id'), pg_notify('watchpost_command', %s)", str(ids[1]))
    answered = "SELECT id::text FROM command WHERE answered_at IS NOT NULL AND picture IS NOT NULL ORDER BY id"
    until(lambda: place.query(answered) == [(str(ids[0]),), (str(ids[1]),)], "the answers")
    assert [(item.command_id, item.url) for item in door.commands] == [
        (command_id, "rtsp://user:pass@camera/1") for command_id in ids[:2]
    ]
    assert place.query("SELECT count(*) FROM command WHERE url_sealed IS NOT NULL") == [(1,)]  # never told: too late
    assert "user:pass" not in (place.data_dir / "ingest.log").read_text()


def test_poison_goes_to_the_dead_letters_and_is_answered(place: Place) -> None:
    camera = place.add_camera("door")
    foreign = place.add_camera("gate")
    place.start_ingest()
    door = place.join("door")
    damaged = visit(camera, 1)
    poison = {
        "picture_sha256: does not match": encode(damaged).replace(damaged.picture, b"x" * len(damaged.picture)),
        f"camera: {foreign} is not a camera of door": encode(visit(foreign, 2)),
        "camera: 999 is not a camera of door": encode(visit(999, 3)),
        "payload: not CBOR": b"\xff\xff",
        "payload: bytes left over": encode(visit(camera, 4)) + b"!",
    }
    good = visit(camera, 5)
    door.say(good)
    settle(door)
    for payload in poison.values():
        door.raw(payload)
    until(lambda: place.query("SELECT count(*) FROM dead_letter") == [(5,)], "the letters")
    letters = place.query("SELECT topic, payload, reason FROM dead_letter ORDER BY id")
    for (topic, payload, reason), (expected, sent) in zip(letters, poison.items(), strict=True):
        assert topic == "watchpost/v1/door/visit"
        assert bytes(payload) == sent
        assert reason.startswith(expected)
    assert_all_stored(place, [good])


def test_odd_dates_are_kept(place: Place) -> None:
    camera = place.add_camera("door")
    place.start_ingest()
    door = place.join("door")
    from dataclasses import replace
    from datetime import UTC, datetime

    odd = [
        replace(visit(camera, number), opened_at=datetime(year, 2, 28, 23, 59, 59, tzinfo=UTC))
        for number, year in enumerate((1970, 2024, 2026, 2031, 9998))
    ]
    for message in odd:
        door.say(message)
    settle(door)
    assert_all_stored(place, odd)


def drive(place: Place, devices: list[PretendDevice], count: int, disturb: dict[int, str]) -> list[Visit]:
    """Send visits from every device; at some of them something dies; then repeat until all is answered."""
    sent, open_visits, sequence = [], [], 0
    random = Random(7)
    cameras = {device.device_id: place.add_camera(device.device_id) for device in devices}
    for number in range(count):
        device = devices[number % len(devices)]
        sequence += 1
        message = visit(cameras[device.device_id], sequence, size=random.randrange(200, 30_000))
        device.say(message)
        sent.append(message)
        open_visits.append((device, message))
        if number % 2:
            owner, opening = open_visits.pop(random.randrange(len(open_visits)))
            sequence += 1
            owner.say(closing(opening, sequence))
            sent.append(closing(opening, sequence))
        if number in disturb:
            disturbance(place, disturb[number])
    settle(*devices)
    return sent


def settle(*devices: PretendDevice) -> None:
    """Until everything is answered; what is not gets repeated now and then."""
    began = time.monotonic()
    repeat_at = began + 2.0
    while any(device.waiting for device in devices):
        now = time.monotonic()
        assert now < began + 60, [len(device.waiting) for device in devices]
        time.sleep(0.02)
        if now > repeat_at:
            repeat_at = now + 2.0
            for device in devices:
                device.resend()


def disturbance(place: Place, what: str) -> None:
    time.sleep(0.05)
    if what == "ingest":
        place.stop_ingest(signal.SIGKILL)
        place.start_ingest()
    elif what == "broker":
        place.broker.process.kill()
        place.broker.process.wait()
        place.broker = start_broker(place.data_dir, place.authority, prefer=place.broker.name)
    elif what == "postgres":
        pid = int((place.data_dir / "postgres/cluster/postmaster.pid").read_text().split()[0])
        import os

        os.kill(pid, signal.SIGKILL)
        place.server.start()


KILLS = {50: "ingest", 130: "broker", 210: "postgres", 290: "ingest", 370: "broker", 450: "postgres"}


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_whatever_is_killed(place: Place) -> None:
    devices = [place.join(name) for name in ("door", "gate", "yard")]
    place.start_ingest()
    sent = drive(place, devices, 600, KILLS)
    assert_all_stored(place, sent)
