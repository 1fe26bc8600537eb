"""A fleet of pretend devices: each keeps what it has said until the hub itself has answered, as the real ones do."""

import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from uuid import UUID, uuid4

from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from edge.wire.codec import decode, encode
from edge.wire.messages import Ack, Answer, Command, Desired, Visit
from edge.wire.topics import Kind, topic

OPENED_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def visit(camera: int | str, sequence: int = 0, size: int = 2000, visit_id: UUID | None = None) -> Visit:
    """An opening with a picture of its own."""
    picture = b"\xff\xd8" + Random(sequence).randbytes(size) + b"\xff\xd9"
    return Visit(
        visit_id=visit_id or uuid4(),
        camera=str(camera),
        opened_at=OPENED_AT + timedelta(seconds=sequence),
        closed_at=None,
        faces=1,
        score=0.9,
        box=(1.0, 2.0, 30.0, 40.0),
        picture=picture,
        picture_sha256=sha256(picture).digest(),
        sequence=sequence,
    )


def closing(opening: Visit, sequence: int) -> Visit:
    """The closing of a visit, with a better picture."""
    better = visit(opening.camera, sequence).picture
    return replace(
        opening,
        closed_at=opening.opened_at + timedelta(seconds=9),
        score=0.95,
        picture=better,
        picture_sha256=sha256(better).digest(),
        sequence=sequence,
    )


class PretendDevice:
    """Connects, says, and remembers what is not yet answered; `resend` says it again."""

    def __init__(self, host: str, port: int, device_id: str, tls: ssl.SSLContext | None = None) -> None:
        self.device_id = device_id
        self.waiting: dict[tuple[UUID, int], Visit] = {}
        self.desired: list[Desired] = []
        self.commands: list[Command] = []
        self.acks = 0
        self._lock = threading.Lock()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=device_id)
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(host, port)
        self._client.loop_start()

    def say(self, message: Visit) -> MQTTMessageInfo:
        """Send a visit, and keep it until it is answered."""
        with self._lock:
            self.waiting[message.visit_id, message.sequence] = message
        return self.raw(encode(message))

    def raw(self, payload: bytes, kind: Kind = Kind.VISIT) -> MQTTMessageInfo:
        """Send anything."""
        return self._client.publish(topic(self.device_id, kind), payload, 1)

    def retain(self, payload: bytes, kind: Kind) -> None:
        """Say something that the broker keeps."""
        self._client.publish(topic(self.device_id, kind), payload, 1, retain=True)

    def resend(self) -> None:
        """Say again what nobody has answered."""
        with self._lock:
            messages = list(self.waiting.values())
        for message in messages:
            self.raw(encode(message))

    def leave(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: Client, *_: object) -> None:
        client.subscribe([(topic(self.device_id, kind), 1) for kind in (Kind.ACK, Kind.DESIRED, Kind.COMMAND)])

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        if message.topic.endswith("/ack"):
            with self._lock:
                self.acks += 1
                for item in decode(Ack, bytes(message.payload)).committed:
                    self.waiting.pop((item.visit_id, item.sequence), None)
        elif message.topic.endswith("/desired") and message.payload:
            self.desired.append(decode(Desired, bytes(message.payload)))
        elif message.topic.endswith("/command"):
            self.commands.append(decode(Command, bytes(message.payload)))
            self.raw(encode(Answer(self.commands[-1].command_id, picture=b"\xff\xd8\xff\xd9")), Kind.ANSWER)
