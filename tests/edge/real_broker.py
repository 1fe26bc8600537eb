"""A real mosquitto on a free port of 127.0.0.1 that a test may kill and start again, and a hub's end of the wire."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from threading import Lock

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from ports import free_port
from throwaway_ca import ThrowawayCa
from waiting import until

from edge.wire.codec import decode, encode
from edge.wire.messages import Ack, Command, Committed, Desired, Visit
from edge.wire.topics import FROM_DEVICE, Kind, parse, pattern, topic

MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


class RealBroker:
    """mosquitto with `lines` of configuration behind its listener; mTLS when given a CA."""

    def __init__(self, folder: Path, lines: str = "allow_anonymous true", ca: ThrowawayCa | None = None) -> None:
        if MOSQUITTO is None:
            pytest.skip("mosquitto is not on PATH")
        self.port = free_port()
        self.scheme = "mqtt" if ca is None else "mqtts"
        if ca is not None:
            certificate, key = ca.make("broker")
            lines = (
                f"cafile {ca.ca_path}\ncertfile {certificate}\nkeyfile {key}\nrequire_certificate true\n"
                f"use_identity_as_username true\n"
            )
        self._config = folder / f"mosquitto-{self.port}.conf"
        self._config.write_text(f"user root\nlistener {self.port} 127.0.0.1\n{lines}\n")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self._listens)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _listens(self) -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0


class FakeHub:
    """The hub's end: keeps what devices say, acknowledges visits when `acks` is set."""

    def __init__(self, broker: RealBroker, acks: bool = True, ca: ThrowawayCa | None = None) -> None:
        self.acks = acks
        self.lock = Lock()
        self.visits: list[Visit] = []
        self.heard: list[tuple[Kind, bytes, bool]] = []
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=f"hub-{id(self)}")
        if ca is not None:
            certificate, key = ca.make("hub")
            self.client.tls_set(str(ca.ca_path), str(certificate), str(key))
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = lambda client, *_: client.subscribe([(pattern(kind), 1) for kind in FROM_DEVICE])
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        until(self.client.is_connected)

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        address = parse(message.topic)
        with self.lock:
            self.heard.append((address.kind, bytes(message.payload), message.retain))
        if address.kind is Kind.VISIT:
            visit = decode(Visit, bytes(message.payload))
            with self.lock:
                self.visits.append(visit)
            if self.acks:
                self.ack(address.device_id, visit)

    def ack(self, device_id: str, *visits: Visit) -> None:
        """Say that these are committed."""
        committed = tuple(Committed(visit.visit_id, visit.sequence) for visit in visits)
        self.client.publish(topic(device_id, Kind.ACK), encode(Ack(committed)), 1)

    def say(self, device_id: str, message: Desired | Command) -> None:
        """Publish a desired state (retained) or a command."""
        kind = Kind.DESIRED if isinstance(message, Desired) else Kind.COMMAND
        self.client.publish(topic(device_id, kind), encode(message), 1, retain=kind is Kind.DESIRED)

    def of(self, kind: Kind) -> list[bytes]:
        """The payloads of one kind, in order of arrival."""
        with self.lock:
            return [payload for heard, payload, _ in self.heard if heard is kind]

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
