"""Everybody who is not ours, at a real mosquitto with a real ingest: refused, and nothing of it reaches the hub.

Nor when the broker's list of revoked certificates is missing or spoilt: its guard notices, and puts a sound one there.
"""

import gc
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fleet_place import FleetPlace, friend_is_let_in, stays_out
from waiting import until

from edge.identity.identity import Identity
from hub.broker import BrokerError
from hub.fleet.broker_lists import refused_by
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
    known = place.enrol("stolen")
    place.ask("/api/devices/stolen/revoke")
    until(lambda: place.guard_said("session is out", "stolen"), "the revocation", 10)
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


@pytest.mark.parametrize("harm", ["missing", "expired", "empty", "foreign", "damaged"])
def test_no_list_opens_the_broker_or_locks_it(place: FleetPlace, harm: str, tmp_path: Path) -> None:
    gone, good = place.enrol(f"gone-{harm}"), place.enrol(f"good-{harm}")
    place.ask(f"/api/devices/gone-{harm}/revoke")
    until(lambda: place.guard_said("session is out", f"gone-{harm}"), "the revocation")
    crl = place.plan.home / "crl.pem"
    lists = {
        "expired": lambda: place.authority.crl_pem([], datetime.now(UTC) - timedelta(days=4000)),
        "empty": lambda: place.authority.crl_pem([]),
        "foreign": lambda: CertificateAuthority.open(tmp_path / "other").crl_pem([]),
        "damaged": lambda: crl.read_text()[:200],
    }
    if harm == "missing":
        crl.unlink()
    else:
        crl.write_text(lists[harm]())
    place.hang_up()
    until(lambda: len(refused_by(crl.parent, place.authority) or ()) > 1, "a list in its place", 10)
    until(lambda: friend_is_let_in(place), "an open door", 10)
    stays_out(place, place.join(gone, f"gone-{harm}"))
    until(place.join(good, f"good-{harm}").stands, "a good device")


def test_a_door_that_was_tried_is_closed_again(place: FleetPlace) -> None:
    """Not when the garbage collector comes by, but at once: a guard tries it for years."""
    tries, folder = 30, Path("/proc/self/fd")
    friend_is_let_in(place)
    before = len(list(folder.iterdir()))
    gc.disable()
    try:
        assert all(friend_is_let_in(place) for _ in range(tries))
        after = len(list(folder.iterdir()))
    finally:
        gc.enable()
    assert after - before < tries
