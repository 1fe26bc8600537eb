"""Who is out, at a real broker with its guard: within seconds, with the session that stands, and everywhere."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from fleet_place import FleetPlace, Shape, stays_out
from waiting import until

from edge.errors import EnrollError
from edge.identity import renewal
from edge.identity.hub_client import Hub
from edge.identity.identity import Identity
from hub.broker import BrokerError, Kind


@pytest.fixture(scope="module", params=["mosquitto", "embedded"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetPlace]:
    kind: Kind = request.param
    with ExitStack() as stack:
        try:
            yield FleetPlace(tmp_path_factory.mktemp(kind), stack, Shape(kind))
        except BrokerError as error:
            pytest.skip(str(error))


def test_a_revoked_device_is_out_everywhere(place: FleetPlace) -> None:
    known = place.enrol("attic")
    other = place.join(place.enrol("cellar"), "cellar", "watchpost/v1/cellar/ack")
    peer = place.join(known, "attic", "watchpost/v1/attic/ack")
    until(lambda: peer.stands() and other.stands(), "two devices")
    assert place.ask("/api/devices/attic/revoke").status_code == 200
    until(lambda: not peer.stands(), "the end of its session", 10)
    stays_out(place, peer)
    assert other.stands()
    with pytest.raises(EnrollError, match="device attic was revoked"):
        renewal.renew(Hub(place.url), known, place.folder / "attic")
    asked = {"action": "publish", "path": "1", "token": known.publish_token("1", datetime.now(UTC).timestamp())}
    assert place.ask("/api/media/auth", asked).status_code == 401


def test_the_guard_is_heard_of(place: FleetPlace) -> None:
    def kinds() -> set[str]:
        told = place.ask("/api/system", method="GET").get_json()
        return {process["kind"] for process in told["processes"] if not process["silent"]}

    until(lambda: "guard" in kinds(), "the guard's word")


def test_a_card_flashed_again_shuts_the_old_one_out(place: FleetPlace) -> None:
    old = place.enrol("door")
    (place.folder / "door").rename(place.folder / "old-door")
    peer = place.join(place.enrol("door"), "door")
    until(peer.stands, "the new card")
    before = place.join(Identity(old.facts, place.folder / "old-door" / "identity"), "door")
    until(lambda: place.guard_said("session is out", "door") and not before.stands(), "the end of the old card", 10)
    stays_out(place, before)
    until(peer.stands, "the new card")
