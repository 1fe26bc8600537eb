"""Several ingest processes share the load: nothing lost, nothing doubled, one of them leads, whichever dies."""

import re
import signal
import subprocess
from collections.abc import Iterator

import pytest
from ingest_place import Place
from pretend_devices import PretendDevice, closing, visit
from waiting import until

from edge.wire.codec import encode, encode_json
from edge.wire.messages import Reported, Status
from edge.wire.topics import Kind

Pair = list[subprocess.Popen[bytes]]
pytestmark = pytest.mark.parametrize("kind", ["mosquitto"], indirect=True)  # the embedded broker shares nothing


@pytest.fixture
def pair(place: Place) -> Iterator[Pair]:
    processes: Pair = []
    for number in (1, 2):
        processes.append(place.start_ingest("--shared", "town"))
        until(lambda number=number: connected(place) == number, "the connection")  # type: ignore[misc]
    yield processes
    for process in processes:
        process.kill()
        process.wait()
    place.ingest = None


def connected(place: Place) -> int:
    return len(re.findall("ingest is connected", (place.data_dir / "ingest.log").read_text()))


def settle(*devices: PretendDevice) -> None:
    """Until everything is answered; what a dead process took with it is said again, as devices do."""
    rounds = 0
    while any(device.waiting for device in devices):
        try:
            until(lambda: not any(device.waiting for device in devices), patience_s=4)
        except AssertionError:
            rounds += 1
            assert rounds < 5
            for device in devices:
                device.resend()


def test_two_share_the_load_and_one_may_be_killed(place: Place, pair: Pair) -> None:
    camera = place.add_camera("door")
    door = place.join("door")
    visits = [visit(camera, number) for number in range(0, 400, 2)]
    for opening in visits:
        door.say(opening)
        door.say(closing(opening, opening.sequence + 1))
    pictures = place.data_dir / "pictures"  # each process appends to a segment of its own
    until(lambda: sum(path.stat().st_size > 0 for path in pictures.glob("*.seg")) == 2, "alerts by both")
    pair[0].send_signal(signal.SIGKILL)
    settle(door)
    assert place.query("SELECT count(*), count(closed_at) FROM alert") == [(200, 200)]
    assert place.query("SELECT sum(alerts)::int FROM alert_hour") == [(200,)]


def test_what_devices_say_of_themselves_is_heard_by_one_and_never_lost(place: Place, pair: Pair) -> None:
    door = place.join("door")
    camera = place.add_camera("door")
    place.query("SELECT pg_notify('watchpost_desired', 'door')")
    until(lambda: bool(door.desired), "what is desired")
    door.retain(encode_json(Status(True, visit(camera).opened_at, "1.0")), Kind.STATUS)
    until(lambda: place.query("SELECT online FROM device") == [(True,)], "the status")
    pair[0].send_signal(signal.SIGKILL)  # the first to come leads
    door.retain(encode(Reported(1, "1.0")), Kind.REPORTED)
    until(lambda: place.query("SELECT reported_revision FROM device") == [(1,)], "the report")
    before = len(door.desired)
    place.query("UPDATE device SET desired_revision = 9 WHERE id = 'door'")
    place.query("SELECT pg_notify('watchpost_desired', 'door')")
    until(lambda: door.desired[-1].revision == 9, "the new revision")
    assert len(door.desired) > before
