"""What the hub wants reaches a device whole and in order, however long it was away and whoever changes it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise

import pytest
from fleet_place import PROGRAMS, FleetPlace, Peer
from models_there import needs_models
from waiting import until

from edge.wire.codec import decode
from edge.wire.messages import Desired
from hub.broker import BrokerError

CHANGES = 12


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetPlace]:
    with ExitStack() as stack:
        try:
            yield FleetPlace(tmp_path_factory.mktemp("catching-up"), stack)
        except BrokerError as error:
            pytest.skip(str(error))


def add(place: FleetPlace, device: str, name: str) -> None:
    camera = {"name": name, "source_url": "file:///nowhere.mp4", "device_id": device}
    answer = place.ask("/api/cameras", camera)
    assert answer.status_code == 201, answer.text


def wanted(peer: Peer) -> list[Desired]:
    return [decode(Desired, body) for body in list(peer.bodies)]


def revision(place: FleetPlace, device: str) -> int:
    return int(place.device(device)["desired_revision"])


@needs_models
def test_a_device_that_was_away_for_long_catches_up_in_one_message(place: FleetPlace) -> None:
    """A week is as many changes as it brings; the broker keeps the last one for as long as it takes."""
    known = place.enrol("door")
    config = place.folder / "edge.toml"
    config.write_text(f'[device]\nname = "door"\nstate_dir = "door"\n[hub]\nurl = "{place.url}"\n')
    words = (str(PROGRAMS / "watchpost-edge"), "run", "--config", str(config))
    first = place.start("before", *words)
    until(lambda: place.device("door")["online"], "the device", 60)
    first.terminate()
    first.wait(30)
    for number in range(CHANGES):
        add(place, "door", f"camera {number}")
    probe = place.join(known, "door", "watchpost/v1/door/desired")
    until(lambda: wanted(probe) and wanted(probe)[-1].revision == revision(place, "door"), "the last change")
    probe.client.disconnect()
    place.start("after", *words)
    until(lambda: place.device("door")["reported_revision"] == revision(place, "door"), "the device up to date", 60)
    log = (place.folder / "after.log").read_text()
    assert log.count(f"{CHANGES} cameras") == 1
    assert not [number for number in range(1, CHANGES) if f": {number} cameras" in log]


def test_the_changes_of_two_hubs_never_interleave(place: FleetPlace) -> None:
    """Two processes publish, two people change: each message is whole, none is older than the one before it."""
    place.start("second-ingest", str(PROGRAMS / "watchpost-hub"), "ingest")
    known = place.enrol("attic")
    device = place.join(known, "attic", "watchpost/v1/attic/desired")
    until(lambda: device.bodies, "the first")
    with ThreadPoolExecutor(2) as people:
        list(people.map(lambda number: add(place, "attic", f"camera {number}"), range(CHANGES)))
    until(lambda: wanted(device)[-1].revision == revision(place, "attic"), "the last change")
    heard = wanted(device)
    revisions = [one.revision for one in heard]
    assert revisions == sorted(revisions)
    for earlier, later in pairwise(heard):
        assert {camera.id for camera in earlier.cameras} <= {camera.id for camera in later.cameras}
    assert len(heard[-1].cameras) == CHANGES
    device.client.disconnect()
    late = place.join(known, "attic", "watchpost/v1/attic/desired")
    until(lambda: late.bodies, "what the broker keeps")
    assert wanted(late)[0] == heard[-1]
