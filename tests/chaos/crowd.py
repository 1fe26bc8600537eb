"""Crowds for the soak: many devices that say visits, many dashboards that listen; each kind in processes of its own.

    python -m chaos.crowd devices  HOST PORT FOLDER VISITS_PER_S NAME:CAMERA,CAMERA...
    python -m chaos.crowd dashboards URL USERNAME PASSWORD COUNT

Each prints one JSON object every few seconds: how many messages, and the latencies in ms since the last line.
"""

import base64
import json
import os
import resource
import select
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

from chaos.api import ChaosClient
from chaos.pictures import picture
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from edge.wire.codec import decode, encode
from edge.wire.messages import Ack, Visit
from edge.wire.topics import Kind, topic

TELL_S = 5.0
STAY_S = 8.0
PONG = b"\x8a\x80\x00\x00\x00\x00"
PONG_S = 20.0
READ_BYTES = 1 << 20
SAMPLED, OPEN_AT_ONCE = 100, 10


@dataclass(slots=True)
class Tally:
    """What is told every TELL_S."""

    latencies: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, latency_ms: float) -> None:
        with self.lock:
            self.latencies.append(round(latency_ms, 1))

    def taken(self) -> list[float]:
        """The latencies since the last time."""
        with self.lock:
            found, self.latencies = self.latencies, []
        return found

    def tell(self, **more: object) -> None:
        """Print and begin anew."""
        print(json.dumps({"latencies": self.taken(), **more}), flush=True)


class LightDevice:
    """A device without an outbox: its messages wait in memory until the hub has answered."""

    def __init__(self, address: tuple[str, int], words: str, tls: ssl.SSLContext, tally: Tally) -> None:
        name, _, cameras = words.partition(":")
        self._name, self._cameras, self._tally = name, cameras.split(","), tally
        self._random = Random(name)
        self._sequence = int(time.time())
        self._sent: dict[tuple[UUID, int], float] = {}
        self._open: list[tuple[float, Visit]] = []
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name)
        self._client.tls_set_context(tls)
        self._client.on_connect = lambda client, *_: client.subscribe([(topic(name, Kind.ACK), 1)])
        self._client.on_message = self._hear
        self._client.connect(*address)
        self._client.loop_start()

    @property
    def waiting(self) -> int:
        return len(self._sent)

    def visit(self) -> None:
        """Somebody comes; whoever has stayed long enough leaves."""
        opened = self._message(uuid4(), self._random.choice(self._cameras), datetime.now(UTC), None)
        self._say(opened)
        self._open.append((time.monotonic() + STAY_S, opened))
        while self._open and self._open[0][0] < time.monotonic():
            _, left = self._open.pop(0)
            self._say(self._message(left.visit_id, left.camera, left.opened_at, datetime.now(UTC)))

    def _message(self, visit_id: UUID, camera: str, opened_at: datetime, closed_at: datetime | None) -> Visit:
        self._sequence += 1
        jpeg = picture(self._random)
        box, digest = (8.0, 8.0, 24.0, 32.0), sha256(jpeg).digest()
        return Visit(visit_id, camera, opened_at, closed_at, 1, 0.9, box, jpeg, digest, self._sequence)

    def _say(self, message: Visit) -> None:
        self._sent[message.visit_id, message.sequence] = time.monotonic()
        self._client.publish(topic(self._name, Kind.VISIT), encode(message), 1)

    def _hear(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        for item in decode(Ack, bytes(message.payload)).committed:
            sent_s = self._sent.pop((item.visit_id, item.sequence), None)
            if sent_s is not None:
                self._tally.note((time.monotonic() - sent_s) * 1000)


def devices(host: str, port: str, folder: str, per_s: str, *names: str) -> None:
    """Connect all, then one visit after the other, evenly over the devices."""
    tally, crowd = Tally(), []
    for words in names:
        name = words.partition(":")[0]
        tls = ssl.create_default_context(cafile=Path(folder) / "ca.pem")
        tls.load_cert_chain(Path(folder) / f"{name}.pem")
        crowd.append(LightDevice((host, int(port)), words, tls, tally))
    turn = 0

    def step() -> None:
        nonlocal turn
        crowd[turn % len(crowd)].visit()
        turn += 1

    _paced(float(per_s), step, lambda: tally.tell(waiting=sum(device.waiting for device in crowd)))


def _paced(per_s: float, step: Callable[[], None], tell: Callable[[], None]) -> None:
    began = told = time.monotonic()
    done = 0
    while True:
        now = time.monotonic()
        while done < (now - began) * per_s:
            step()
            done += 1
        if now - told > TELL_S:
            tell()
            told = now
        time.sleep(0.01)


def dashboards(url: str, username: str, password: str, count: str) -> None:
    """Open so many live feeds and read all; the latency is from the hub's receiving a visit to its arrival here.

    All is read and its bytes counted; the messages of one feed in SAMPLED are looked at.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    feeds = Feeds(url, int(count))
    feeds.client.log_in(username, password)
    told = pong_at = time.monotonic()
    while True:
        feeds.open_some()
        feeds.read(0.0 if feeds.missing else 0.2)
        now = time.monotonic()
        if now - pong_at > PONG_S:
            pong_at = now
            feeds.pong()
        if now - told > TELL_S:
            feeds.tally.tell(**feeds.taken())
            told = now


class Feeds:
    """Many sockets in one epoll."""

    def __init__(self, url: str, count: int) -> None:
        self.client, self.tally = ChaosClient(url), Tally()
        self._url, self._count = url, count
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._looked_at: set[int] = set()
        self._buffer = bytearray(READ_BYTES)
        self._bytes = self._opened = 0

    @property
    def missing(self) -> int:
        """How many are yet to be opened."""
        return self._count - len(self._sockets)

    def open_some(self) -> None:
        """A few at a time, so that those that are open are read meanwhile."""
        for _ in range(min(self.missing, OPEN_AT_ONCE)):
            sock = _opened(self._url, self.client)
            if sock is None:
                return
            if len(self._looked_at) * SAMPLED <= len(self._sockets):
                self._looked_at.add(sock.fileno())
            self._opened += 1
            self._sockets[sock.fileno()] = sock
            self._epoll.register(sock.fileno(), select.EPOLLIN)

    def read(self, timeout_s: float) -> None:
        """What is there, once."""
        for descriptor, _ in self._epoll.poll(timeout_s):
            try:
                size = self._sockets[descriptor].recv_into(self._buffer)
            except OSError:
                size = 0
            self._bytes += size
            if not size:
                self._close(descriptor)
            elif descriptor in self._looked_at:
                _look(bytes(self._buffer[:size]), self.tally)

    def pong(self) -> None:
        """On all of them: somebody is there."""
        for descriptor, sock in list(self._sockets.items()):
            try:
                sock.send(PONG)
            except OSError:
                self._close(descriptor)

    def taken(self) -> dict[str, int]:
        """How many are open and were opened at all, and the bytes since the last time."""
        size, self._bytes = self._bytes, 0
        return {"open": len(self._sockets), "opened": self._opened, "bytes": size}

    def _close(self, descriptor: int) -> None:
        self._epoll.unregister(descriptor)
        self._sockets.pop(descriptor).close()
        self._looked_at.discard(descriptor)  # the next one takes its place


def _opened(url: str, client: ChaosClient) -> socket.socket | None:
    host, _, port = url.removeprefix("http://").partition(":")
    sock = socket.create_connection((host, int(port)), timeout=10)
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET /api/alerts/live HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {client.token}\r\n\r\n"
    )
    sock.sendall(request.encode())
    if sock.recv(4096).startswith(b"HTTP/1.1 101"):
        sock.settimeout(None)
        return sock
    sock.close()
    client.renew()
    return None


def _look(data: bytes, tally: Tally) -> None:
    now = time.time()
    for part in data.split(b'"closed_at":null,"received_at":"')[1:]:  # a closing repeats when its opening was received
        text, found, _ = part.partition(b'"')
        if found:
            tally.note((now - datetime.fromisoformat(text.decode()).timestamp()) * 1000)


if __name__ == "__main__":
    {"devices": devices, "dashboards": dashboards}[sys.argv[1]](*sys.argv[2:])
