"""A hub's own door at a mosquitto of the same machine, as deploy/ gives it: by password, on loopback, for it alone."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet_place import until

from hub.broker import Broker, start_broker
from hub.fleet.ca import CertificateAuthority
from hub.mqtt.connection import Connection, ConnectionLost, Peer
from hub.store.cluster import free_port

LINES = (Path(__file__).parents[2] / "deploy/mosquitto-hub-door.conf").read_text()
PASSWORD = "only for this test"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> int:
    return free_port(tmp_path_factory.mktemp("ports") / "door")


@pytest.fixture(scope="module", autouse=True)
def broker(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Broker]:
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto is not installed")
    place = tmp_path_factory.mktemp("door")
    (place / "broker").mkdir(mode=0o700)
    subprocess.run(["mosquitto_passwd", "-b", "-c", place / "passwd", "hub", PASSWORD], check=True)
    lines = LINES.replace("/etc/mosquitto/watchpost-hub.passwd", str(place / "passwd"))
    lines = lines.replace("/broker/lists/acl", str(place / "broker/acl")).replace("listener 1884", f"listener {port}")
    started = start_broker(place, CertificateAuthority.open(place / "secrets"), prefer="mosquitto", more=lines)
    until(lambda: listens(port))
    yield started
    started.stop()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_hub_gets_in_by_password_and_hears_all(port: int) -> None:
    hub = Connection(Peer("127.0.0.1", port, "hub", "hub", PASSWORD))
    hub.subscribe(["watchpost/v1/+/visit"])
    hub.publish("watchpost/v1/door/visit", b"a visit", qos=1, retain=False)
    hub.flush()
    heard: list[bytes] = []
    while not heard:
        heard = [message.payload for message in hub.read(10, 10_000)]
    assert heard == [b"a visit"]
    hub.close()


@pytest.mark.parametrize(("username", "password"), [("hub", "guessed"), ("door", PASSWORD), ("", "")])
def test_nobody_else_does(port: int, username: str, password: str) -> None:
    with pytest.raises(ConnectionLost, match="refused"):
        Connection(Peer("127.0.0.1", port, "hub", username, password))


def test_it_is_on_loopback_alone() -> None:
    assert "listener 1884 127.0.0.1\n" in LINES
