"""The broker's own certificate, near its end: the guard renews it and mosquitto shows the new one, sessions and all."""

import ssl
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fleet_place import HOST, PROGRAMS, FleetPlace
from waiting import until

from hub.broker import BrokerError
from hub.fleet import server_certificate
from hub.fleet.ca import CertificateAuthority


def test_it_is_renewed_in_service(tmp_path: Path) -> None:
    with ExitStack() as stack:
        try:
            place = FleetPlace(tmp_path, stack)
        except BrokerError as error:
            pytest.skip(str(error))
        peer = place.join(place.enrol("door"), "door")
        until(peer.stands, "a device")
        home, now = place.plan.home, datetime.now(UTC)
        brief = CertificateAuthority.open(tmp_path / "secrets", timedelta(days=20))
        server_certificate.issue(home, brief, ["localhost"], [HOST], now)
        (tmp_path / "lists").mkdir()
        words = ("guard", str(tmp_path / "lists"), "--broker-pid", str(home / "pid"), "--certificate", str(home))
        place.start("keeper", str(PROGRAMS / "watchpost-hub"), *words)
        wanted = {"localhost", HOST}
        until(lambda: server_certificate.is_good(home, place.authority, wanted, now), "another certificate")
        until(lambda: shown(place.plan.port) == flat((home / "server.pem").read_text()), "the broker to show it")
        assert peer.stands()


def shown(port: int) -> str:
    return flat(ssl.get_server_certificate((HOST, port)))


def flat(pem: str) -> str:
    return "".join(pem.split())
