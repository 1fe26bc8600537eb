"""Everybody who is not ours, at a real mosquitto with a real ingest: refused, and nothing of it reaches the hub."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fleet_place import FleetPlace, stays_out, until

from edge.identity.identity import Identity
from hub.broker import BrokerError
from hub.fleet.ca import CertificateAuthority, Issued


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetPlace]:
    with ExitStack() as stack:
        try:
            yield FleetPlace(tmp_path_factory.mktemp("mosquitto"), stack)
        except BrokerError as error:
            pytest.skip(str(error))


@pytest.fixture(scope="module")
def door(place: FleetPlace) -> Identity:
    return place.enrol("door")


@pytest.fixture
def watcher(place: FleetPlace) -> Iterator[list[str]]:
    """What reaches whoever has the hub's own rights, beside what the hub says itself."""
    with ExitStack():
        peer = place.join(place.authority.issue_client_certificate("hub"), "hub", "watchpost/v1/#")
        until(peer.stands)
        yield peer.heard
        peer.client.disconnect()


def nobody(_place: FleetPlace, _folder: Path) -> None:
    return None


def another_hubs(_place: FleetPlace, folder: Path) -> Issued:
    return CertificateAuthority.open(folder / "other").issue_client_certificate("door")


def expired(place: FleetPlace, _folder: Path) -> Issued:
    return place.authority.issue_client_certificate("door", datetime.now(UTC) - timedelta(days=400))


def not_yet_good(place: FleetPlace, _folder: Path) -> Issued:
    return place.authority.issue_client_certificate("door", datetime.now(UTC) + timedelta(days=2))


def a_servers(place: FleetPlace, _folder: Path) -> Issued:
    return place.authority.issue_server_certificate(["door"])


def revoked(place: FleetPlace, _folder: Path) -> Identity:
    known = place.enrol("revoked")
    place.ask("/api/devices/revoked/revoke")
    until(lambda: place.guard_said("session is out", "revoked"), "the revocation", 10)
    return known


@pytest.mark.parametrize("who", [nobody, another_hubs, expired, not_yet_good, a_servers, revoked])
def test_a_certificate_that_is_not_good_opens_nothing(
    place: FleetPlace, watcher: list[str], tmp_path: Path, who: object
) -> None:
    certificate = who(place, tmp_path)  # type: ignore[operator]
    watcher.clear()
    peer = place.join(certificate, "door")
    peer.say("watchpost/v1/door/visit")
    stays_out(place, peer)
    assert not [topic for topic in watcher if topic.endswith("/visit")]


TOPICS = ("watchpost/v1/attic/visit", "watchpost/v1/attic/status", "watchpost/v1/door/ack", "$SYS/broker/uptime", "x")


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_not_ones_own_goes_nowhere(place: FleetPlace, door: Identity, watcher: list[str], topic: str) -> None:
    peer = place.join(door, "door")
    until(peer.stands)
    peer.say(topic)
    peer.say("watchpost/v1/door/answer")
    until(lambda: "watchpost/v1/door/answer" in watcher, "its own")
    assert topic not in watcher
    peer.client.disconnect()


@pytest.mark.parametrize("wanted", ["#", "watchpost/v1/+/desired", "watchpost/v1/attic/#", "$SYS/#"])
def test_a_wide_ear_hears_ones_own_only(place: FleetPlace, door: Identity, wanted: str) -> None:
    place.enrol("attic")  # the hub says `desired` to it, retained
    peer = place.join(door, "door", wanted, "watchpost/v1/door/desired")
    until(lambda: "watchpost/v1/door/desired" in peer.heard, "its own")
    stranger = place.join(place.authority.issue_client_certificate("hub.test"), "hub.test")
    until(stranger.stands)
    assert set(peer.heard) == {"watchpost/v1/door/desired"}
    peer.client.disconnect()
