"""A running agent outlives its certificates: real hub, real mosquitto, its certificates last seconds."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fleet_place import PROGRAMS, FleetPlace, Shape
from models_there import needs_models
from waiting import until

from hub.broker import BrokerError
from hub.store.models import Device, database

pytestmark = needs_models


@pytest.fixture
def place(tmp_path: Path) -> Iterator[FleetPlace]:
    with ExitStack() as stack:
        try:
            yield FleetPlace(tmp_path, stack, Shape(lifetime_s=6.0))
        except BrokerError as error:
            pytest.skip(str(error))


def serial(place: FleetPlace) -> str:
    with database.connection_context():
        return str(Device.get_by_id("door").certificate_serial)


def test_the_line_outlives_the_certificate(place: FleetPlace) -> None:
    first = place.enrol("door")
    config = place.folder / "edge.toml"
    config.write_text(f'[device]\nname = "door"\nstate_dir = "door"\n[hub]\nurl = "{place.url}"\n')
    begun = serial(place)
    place.start("agent", str(PROGRAMS / "watchpost-edge"), "run", "--config", str(config))
    until(lambda: place.device("door")["online"], "the device", 60)
    seen = {begun}

    def renewed(times: int) -> bool:
        seen.add(serial(place))
        return len(seen) > times

    until(lambda: renewed(2), "two renewals", 60)
    assert place.device("door")["online"]
    revision = place.device("door")["desired_revision"]
    place.ask("/api/cameras", {"name": "Door", "source_url": "file:///nowhere.mp4", "device_id": "door"})
    until(lambda: place.device("door")["reported_revision"] > revision, "an answer over the renewed line", 60)
    log = (place.folder / "agent.log").read_text()
    assert log.count("a new certificate, good until") >= 2
    assert first.ends_at.timestamp() > 0
    assert not (place.folder / "door" / "renewal").exists()
    assert len(list((place.folder / "door").glob("identity-*"))) == 1
