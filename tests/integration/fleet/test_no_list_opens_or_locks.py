"""A broker whose list of revoked certificates is missing or spoilt: its guard notices, and puts a sound one there."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fleet_place import FleetPlace, friend_is_let_in, stays_out, until

from hub.broker import BrokerError
from hub.fleet.broker_lists import refused_by
from hub.fleet.ca import CertificateAuthority


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetPlace]:
    with ExitStack() as stack:
        try:
            yield FleetPlace(tmp_path_factory.mktemp("mosquitto"), stack)
        except BrokerError as error:
            pytest.skip(str(error))


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
