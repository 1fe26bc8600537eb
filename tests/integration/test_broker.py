"""Both brokers, the same rules: what a device may not say or hear goes nowhere; no certificate, no entry."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from waiting import until

from hub.broker import Broker, Kind, start_broker
from hub.fleet.ca import CertificateAuthority

PATIENCE_S = 5.0


class Peer:
    """A client with a certificate of the authority, and what it has heard."""

    def __init__(
        self,
        broker: Broker,
        tls: ssl.SSLContext,
        client_id: str,
        clean: bool = True,
        will: str = "",
        patience_s: float = 20.0,
    ) -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
        self.subscribed = 0
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean)
        self.client.tls_set_context(tls)
        self.client.on_message = self._on_message
        self.client.on_subscribe = self._on_subscribe
        if will:
            self.client.will_set(will, b"gone", 1, retain=True)
        host, _, port = broker.url.removeprefix("mqtts://").partition(":")
        self.client.connect(host, int(port), keepalive=5)
        self.client.loop_start()
        until(self.client.is_connected, "the connection", patience_s)

    def subscribe(self, *topics: str) -> "Peer":
        wanted = self.subscribed + 1
        self.client.subscribe([(topic, 1) for topic in topics])
        until(lambda: self.subscribed == wanted)
        return self

    def say(self, topic: str, payload: bytes = b"x", retain: bool = False) -> None:
        self.client.publish(topic, payload, 1, retain=retain).wait_for_publish(PATIENCE_S)

    def leave(self) -> None:
        self.client.disconnect()
        until(lambda: not self.client.is_connected())
        self.client.loop_stop()

    def vanish(self) -> None:
        """Cut the line without a word."""
        self.client.loop_stop()
        sock = self.client.socket()
        assert sock is not None
        sock.close()

    def topics(self) -> list[str]:
        return [topic for topic, _, _ in self.heard]

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload), message.retain))

    def _on_subscribe(self, *_: object) -> None:
        self.subscribed += 1


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority.open(tmp_path_factory.mktemp("secrets"))


@pytest.fixture(scope="module", params=["mosquitto", "embedded"])
def broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, authority: CertificateAuthority
) -> Iterator[Broker]:
    from hub.broker import BrokerError

    kind: Kind = request.param
    try:
        started = start_broker(tmp_path_factory.mktemp("broker"), authority, prefer=kind)
    except BrokerError as error:
        pytest.skip(str(error))
    yield started
    started.stop()


@pytest.fixture
def join(broker: Broker, authority: CertificateAuthority, tmp_path: Path) -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def joined(name: str, clean: bool = True, client_id: str = "", will: str = "") -> Peer:
        peers.append(Peer(broker, context(authority, tmp_path, name), client_id or name, clean, will))
        return peers[-1]

    yield joined
    for peer in peers:
        peer.leave()


def context(authority: CertificateAuthority, directory: Path, name: str | None) -> ssl.SSLContext:
    tls = ssl.create_default_context(cadata=authority.ca_pem)
    if name is not None:
        issued = authority.issue_client_certificate(name)
        path = directory / f"{name}.pem"
        path.write_text(issued.certificate_pem + issued.key_pem)
        tls.load_cert_chain(path)
    return tls


def fence(hub: Peer, device: Peer, name: str) -> None:
    """Once this round trip is done, whatever was said before has been delivered or never will be."""
    hub.say(f"watchpost/v1/{name}/ack", b"fence")
    until(lambda: (f"watchpost/v1/{name}/ack", b"fence", False) in device.heard)


def test_a_device_says_its_own_and_nothing_else(join: Callable[..., Peer]) -> None:
    hub = join("hub").subscribe("watchpost/v1/#")
    door = join("door")
    for topic in (
        "watchpost/v1/gate/visit",
        "watchpost/v1/gate/status",
        "watchpost/v1/door/ack",
        "watchpost/v1/door/desired",
        "watchpost/v1/door/other",
        "watchpost/v1/door/visit/more",
        "watchpost/v1/door",
        "elsewhere/door",
    ):
        door.say(topic)
    for kind in ("visit", "reported", "status", "health", "answer"):
        door.say(f"watchpost/v1/door/{kind}")
    until(lambda: "watchpost/v1/door/answer" in hub.topics())
    assert sorted(hub.topics()) == sorted(
        f"watchpost/v1/door/{kind}" for kind in ("visit", "reported", "status", "health", "answer")
    )


@pytest.mark.parametrize(
    "wanted",
    ["#", "+/+/+/+", "watchpost/v1/+/ack", "watchpost/v1/gate/#", "watchpost/v1/gate/desired", "$SYS/#", "watchpost/#"],
)
def test_a_device_hears_its_own_and_nothing_else(join: Callable[..., Peer], wanted: str) -> None:
    hub = join("hub")
    hub.say("watchpost/v1/gate/desired", b"retained", retain=True)
    snoop = join("snoop").subscribe(wanted, "watchpost/v1/snoop/ack")
    gate = join("gate")
    gate.say("watchpost/v1/gate/visit")
    gate.say("watchpost/v1/gate/status", retain=True)
    hub.say("watchpost/v1/gate/ack")
    fence(hub, snoop, "snoop")
    assert set(snoop.topics()) == {"watchpost/v1/snoop/ack"}


def test_a_client_without_a_certificate_stays_out(
    broker: Broker, authority: CertificateAuthority, tmp_path: Path
) -> None:
    with pytest.raises((OSError, AssertionError)):
        Peer(broker, context(authority, tmp_path, None), "door", patience_s=3.0)


def test_a_client_of_another_authority_stays_out(
    broker: Broker, authority: CertificateAuthority, tmp_path: Path
) -> None:
    tls = context(CertificateAuthority.open(tmp_path / "other"), tmp_path, "hub")
    tls.load_verify_locations(cadata=authority.ca_pem)
    with pytest.raises((OSError, AssertionError)):
        Peer(broker, tls, "hub", patience_s=3.0)


def test_a_borrowed_client_id_throws_nobody_out(join: Callable[..., Peer]) -> None:
    hub = join("hub")
    door = join("door").subscribe("watchpost/v1/door/ack")
    join("gate", client_id="door")
    fence(hub, door, "door")


def test_retained_messages_come_only_to_those_who_subscribe(join: Callable[..., Peer]) -> None:
    hub = join("hub")
    hub.say("watchpost/v1/door/desired", b"one", retain=True)
    quiet = join("door").subscribe("watchpost/v1/door/ack")
    fence(hub, quiet, "door")
    assert quiet.topics() == ["watchpost/v1/door/ack"]
    quiet.subscribe("watchpost/v1/door/desired")
    until(lambda: ("watchpost/v1/door/desired", b"one", True) in quiet.heard)
    hub.say("watchpost/v1/door/desired", b"", retain=True)
    until(lambda: ("watchpost/v1/door/desired", b"", False) in quiet.heard)
    quiet.leave()
    later = join("door").subscribe("watchpost/v1/door/#")
    fence(hub, later, "door")
    assert later.topics() == ["watchpost/v1/door/ack"]


def test_the_will_is_said_when_a_device_vanishes_and_only_then(join: Callable[..., Peer]) -> None:
    hub = join("hub").subscribe("watchpost/v1/+/status")
    join("peaceful", will="watchpost/v1/peaceful/status").leave()
    join("lost", will="watchpost/v1/lost/status").vanish()
    until(lambda: "watchpost/v1/lost/status" in hub.topics())
    assert "watchpost/v1/peaceful/status" not in hub.topics()


def test_a_will_follows_the_same_rules(join: Callable[..., Peer]) -> None:
    hub = join("hub").subscribe("watchpost/v1/+/status")
    join("evil", will="watchpost/v1/victim/status").vanish()
    join("lost", will="watchpost/v1/lost/status").vanish()
    until(lambda: ("watchpost/v1/lost/status", b"gone", False) in hub.heard)
    assert "watchpost/v1/victim/status" not in hub.topics()


def test_a_silent_client_is_given_up(join: Callable[..., Peer]) -> None:
    hub = join("hub").subscribe("watchpost/v1/frozen/status")
    frozen = join("frozen", will="watchpost/v1/frozen/status")
    frozen.say("watchpost/v1/frozen/health")
    frozen.client.loop_stop()  # the line stays open, but nobody pings any more: keepalive 5 s
    until(lambda: hub.heard, "its will", 12)
    assert hub.topics() == ["watchpost/v1/frozen/status"]


def test_what_comes_while_the_hub_is_away_waits_for_it(join: Callable[..., Peer]) -> None:
    hub = join("hub", clean=False).subscribe("watchpost/v1/+/visit")
    hub.leave()
    door = join("door")
    for number in range(50):
        door.say("watchpost/v1/door/visit", str(number).encode())
    back = join("hub", clean=False)
    until(lambda: len(back.heard) >= 50)
    assert [int(payload) for _, payload, _ in back.heard] == list(range(50))
    back.leave()
    join("hub").leave()  # clean: the session ends for the tests that follow
