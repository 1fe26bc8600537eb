"""The hub's line to the broker: the one importer of paho here. Nothing is acknowledged before it is stored.

Driven by its owner's thread (select on `fileno`, then `read`); never used again after a LinkError.
"""

import select
import ssl
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.wire.topics import FROM_DEVICE, RETAINED, Kind, pattern, topic
from hub.ingest.sorting import Incoming
from hub.mqtt.packets import Packet, numbered

CONNECT_S = 10.0
KEEPALIVE_S = 20
QOS = 1


class LinkError(Exception):
    """There is no connection to the broker, or no more; the text says why."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and who we are there; `tls` None: in the clear."""

    host: str
    port: int
    client_id: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str, client_id: str, tls: ssl.SSLContext) -> "BrokerAddress":
        """The address that an mqtt:// or mqtts:// URL names; `tls` is used for mqtts."""
        parts = urlsplit(url)
        secure = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or (8883 if secure else 1883),
            client_id=client_id,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=tls if secure else None,
        )


class Link:
    """One connection. The session outlives it: what is unacknowledged when it ends is delivered again."""

    def __init__(self, address: BrokerAddress) -> None:
        self._address = address
        self._messages: list[tuple[int, Incoming]] = []
        self._refusal = ""
        self._accepted = False
        self._client = self._made()

    def open(self) -> None:
        """Connect and subscribe to everything that devices say."""
        try:
            self._client.connect(self._address.host, self._address.port, KEEPALIVE_S)
        except OSError as error:
            raise LinkError(f"the broker cannot be reached: {error.strerror or error}") from error
        deadline = time.monotonic() + CONNECT_S
        while not self._accepted:
            if time.monotonic() > deadline:
                raise LinkError("the broker does not answer")
            self._client.loop(0.1)
            self._sock()
        self._client.subscribe([(pattern(kind), QOS) for kind in FROM_DEVICE])

    def close(self) -> None:
        """Leave; the broker keeps what comes meanwhile."""
        if self._client.socket() is not None:
            self._client.disconnect()
            self._client.loop_write()
        if (sock := self._client.socket()) is not None:
            sock.close()

    def fileno(self) -> int:
        """The socket."""
        return int(self._sock().fileno())

    def has_buffered(self) -> bool:
        """Whether TLS holds bytes that select does not see."""
        sock = self._sock()
        return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0

    def wants_write(self) -> bool:
        """Whether something waits for the socket to take it."""
        return self._client.want_write()

    def write(self) -> None:
        """Send what waits."""
        self._check(self._client.loop_write())

    def keep_alive(self) -> None:
        """Ping when it is time; call at least every few seconds."""
        self._check(self._client.loop_misc())

    def read(self, messages: int, size: int) -> list[tuple[int, Incoming]]:
        """What has arrived whole, with the number to acknowledge it by; at most so many messages and bytes."""
        read_bytes = 0
        while len(self._messages) < messages and read_bytes < size:
            before = len(self._messages)
            self._check(self._client.loop_read())
            if len(self._messages) == before:
                break
            read_bytes += len(self._messages[-1][1].payload)
        taken, self._messages = self._messages, []
        return taken

    def acknowledge(self, numbers: list[int]) -> None:
        """Tell the broker that these messages are stored: all in one write, where paho would make one (and over TLS
        one record) for each, which costs more than decoding the message did."""
        sock = self._sock()
        while self.wants_write():  # what paho has begun to send must be whole first
            select.select([], [sock], [], CONNECT_S)
            self.write()
        data = memoryview(b"".join(numbered(Packet.PUBACK, number) for number in numbers))
        deadline = time.monotonic() + CONNECT_S
        while data:
            try:
                data = data[sock.send(data) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                if time.monotonic() > deadline:
                    raise LinkError("the broker does not read") from None
                select.select([], [sock], [], 1.0)
            except OSError as error:
                raise LinkError(error.strerror or str(error)) from error

    def publish(self, device_id: str, kind: Kind, payload: bytes, qos: int = QOS) -> None:
        """Say something to a device; `desired` is retained, and an empty payload takes it back."""
        self._check(self._client.publish(topic(device_id, kind), payload, qos, retain=kind in RETAINED).rc)

    def _made(self) -> Client:
        address = self._address
        client = Client(CallbackAPIVersion.VERSION2, client_id=address.client_id, clean_session=False, manual_ack=True)
        if address.tls is not None:
            client.tls_set_context(address.tls)
        if address.username:
            client.username_pw_set(address.username, address.password)
        client.connect_timeout = CONNECT_S
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        return client

    def _sock(self) -> Any:
        sock = self._client.socket()
        if sock is None:
            raise LinkError(self._refusal or "the connection was lost")
        return sock

    def _check(self, code: MQTTErrorCode) -> None:
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise LinkError(self._refusal or error_string(code).rstrip("."))

    def _on_connect(
        self, _client: Client, _userdata: Any, _flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._accepted = not code.is_failure
        self._refusal = f"the broker refused: {code}" if code.is_failure else ""

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._messages.append((message.mid, Incoming(message.topic, bytes(message.payload), datetime.now(UTC))))
