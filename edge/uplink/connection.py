"""One MQTT connection to the hub's broker, from connect to good-bye; the only importer of paho on the device.

All of it runs on the uplink's one thread: sending what waits, hearing acks and wishes, and waiting for either.
"""

import logging
import select
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.clock import Clock
from edge.uplink.broker import Broker
from edge.uplink.letters import Letters
from edge.uplink.progress import Progress
from edge.uplink.window import Waiting, Window
from edge.wire.codec import decode, encode_json
from edge.wire.errors import WireError
from edge.wire.messages import Ack, Command, Committed, Desired, Status
from edge.wire.topics import FROM_HUB, RETAINED, Kind, parse, topic

log = logging.getLogger(__name__)

KEEPALIVE_S = 20
CONNECT_S = 10.0
FAREWELL_S = 0.5
TICK_S = 1.0
QOS = 1


class Queue(Waiting, Protocol):
    """The outbox as this side sees it."""

    def payload(self, sequence: int) -> bytes | None:
        """The encoded message, None when it no longer waits."""

    def delete(self, committed: Iterable[Committed]) -> bool:
        """Forget what the hub has; False when that did not work."""


@dataclass(frozen=True, slots=True)
class Device:
    """Who speaks, to which broker."""

    device_id: str
    version: str
    broker: Broker


class ConnectionEnded(Exception):
    """There is no connection, or no more; the text says why."""


class Connection:
    """One MQTT connection, from connect to good-bye; never used again after an error."""

    def __init__(
        self, device: Device, queue: Queue, receive: Callable[[Desired | Command], None], letters: Letters, clock: Clock
    ) -> None:
        self._device = device
        self._queue = queue
        self._receive = receive
        self._letters = letters
        self._clock = clock
        self._window = Window()
        self._sequences: dict[int, int] = {}
        self._accepted = False
        self._refusal = ""
        self._progress = Progress(clock.monotonic())
        self._client = self._made()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        if (sock := self._client.socket()) is not None:
            sock.close()

    def open(self) -> None:
        """Connect, introduce ourselves, subscribe; OSError or ConnectionEnded when that fails."""
        broker = self._device.broker
        deadline = self._clock.monotonic() + CONNECT_S
        self._client.connect(broker.host, broker.port, KEEPALIVE_S)
        if (sock := self._socket()) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else the tail of a picture waits 40 ms
        while not self._accepted:
            if self._clock.monotonic() > deadline:
                raise ConnectionEnded("the broker does not answer")
            self._exchange(TICK_S)
        self._client.subscribe([(self._topic(kind), QOS) for kind in FROM_HUB])
        self._publish(Kind.STATUS, self._status(online=True))
        self._letters.reconnected()

    def turn(self) -> None:
        """Send what is due, then wait for the network or a wake-up, a second at most."""
        for kind, payload in self._letters.take():
            self._publish(kind, payload)
        self._send_visits()
        self._exchange(TICK_S)

    def farewell(self) -> None:
        """Send the last letters, tell the hub that we leave on purpose, and leave."""
        for kind, payload in self._letters.take():
            self._publish(kind, payload)
        last = self._client.publish(self._topic(Kind.STATUS), self._status(online=False), QOS, retain=True)
        deadline = self._clock.monotonic() + FAREWELL_S
        # Leaving before the receipt is here resets the connection under it, and the broker would publish the will.
        while not last.is_published() and self._clock.monotonic() < deadline:
            self._exchange(FAREWELL_S / 5)
        self._client.disconnect()

    def leave(self) -> None:
        """End the connection in order, so that the broker does not publish the will."""
        self._client.disconnect()
        self._client.loop_write()

    def _made(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=self._device.device_id, clean_session=True)
        broker = self._device.broker
        if (context := broker.tls()) is not None:
            client.tls_set_context(context)
        if broker.username:
            client.username_pw_set(broker.username, broker.password)
        client.will_set(self._topic(Kind.STATUS), self._status(online=False), QOS, retain=True)
        client.max_inflight_messages_set(100)
        client.connect_timeout = CONNECT_S
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    def _send_visits(self) -> None:
        # One at a time into paho's buffer: on a slow line, acks and pings must not queue behind twenty pictures.
        while not self._client.want_write():
            sequence = self._window.next(self._queue, self._clock.monotonic())
            if sequence is None:
                return
            payload = self._queue.payload(sequence)
            if payload is None:
                self._window.answered([sequence])
            else:
                self._sequences[self._publish(Kind.VISIT, payload)] = sequence

    def _publish(self, kind: Kind, payload: bytes) -> int:
        return self._client.publish(self._topic(kind), payload, QOS, retain=kind in RETAINED).mid

    def _exchange(self, timeout_s: float) -> None:
        sock = self._socket()
        if sock is None:
            raise ConnectionEnded(self._refusal or "the connection was lost")
        pending = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        line, letters = sock.fileno(), self._letters.fileno()
        writers = [line] if self._client.want_write() else []
        readable, writable, _ = select.select([line, letters], writers, [], 0 if pending else timeout_s)
        if letters in readable:
            self._letters.slept()
        if pending or line in readable:
            self._check(self._client.loop_read())
        if line in writable:
            self._check(self._client.loop_write())
        self._stay_alive()

    def _stay_alive(self) -> None:
        """Ping a quiet line. On one that sends, a ping would wait behind a picture: there, progress is life."""
        now, sock = self._clock.monotonic(), self._socket()
        if sock is None or not self._progress.sending(sock, self._client.want_write(), now):
            self._check(self._client.loop_misc())
        elif self._progress.stuck(now):
            raise ConnectionEnded("what is sent does not get through")

    def _socket(self) -> socket.socket | None:
        return cast(socket.socket | None, self._client.socket())

    def _check(self, code: MQTTErrorCode) -> None:
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise ConnectionEnded(self._refusal or error_string(code).rstrip("."))

    def _on_connect(
        self, _client: Client, _userdata: Any, _flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._accepted = not code.is_failure
        self._refusal = f"the broker refused: {code}" if code.is_failure else ""

    def _on_publish(
        self, _client: Client, _userdata: Any, mid: int, _code: ReasonCode, _properties: Properties
    ) -> None:
        if (sequence := self._sequences.pop(mid, None)) is not None:
            self._window.received(sequence, self._clock.monotonic())

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        try:
            self._hear(parse(message.topic).kind, bytes(message.payload), message.retain)
        except WireError as error:
            log.warning("uplink: ignored a message on %s: %s", message.topic[:120], error)

    def _hear(self, kind: Kind, payload: bytes, retained: bool) -> None:
        if kind is Kind.ACK:
            committed = decode(Ack, payload).committed
            if self._queue.delete(committed):
                self._window.answered(item.sequence for item in committed)
        elif kind is Kind.DESIRED and payload:
            self._receive(decode(Desired, payload))
        elif kind is Kind.COMMAND and not retained:
            self._receive(decode(Command, payload))

    def _topic(self, kind: Kind) -> str:
        return topic(self._device.device_id, kind)

    def _status(self, online: bool) -> bytes:
        now = datetime.fromtimestamp(self._clock.wall(), UTC)
        return encode_json(Status(online, now, self._device.version))
