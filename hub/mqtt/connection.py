"""A client's connection to an MQTT 3.1.1 broker, for one thread that reads and acknowledges much: no callbacks.

paho reads a packet in six calls, over TLS as many records, and answers each with one more; at thousands of pictures a
second that costs more than decoding and storing them. Here the network is read in large pieces and answered in one.
"""

import select
import socket
import ssl
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.mqtt import packets
from hub.mqtt.packets import Assembler, Packet, ProtocolError, Publish

CONNECT_S = 10.0
KEEPALIVE_S = 20
RECEIVE = 256 * 1024
REFUSED = 0x80
REASONS = {1: "MQTT 3.1.1 is not spoken", 2: "the client id", 3: "it is unavailable", 4: "user or password"}


class ConnectionLost(Exception):
    """There is no connection to the broker, or no more; the text says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Where the broker is and who we are there; `tls` None: in the clear. `clean`: nothing outlives the connection."""

    host: str
    port: int
    client_id: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    clean: bool = False


class Connection:
    """One connection, open when it is made; never used again after ConnectionLost."""

    def __init__(self, peer: Peer) -> None:
        self._assembler = Assembler(capacity=RECEIVE)
        self._unsent = bytearray()
        self._arrived: list[Publish] = []
        self._answers: list[tuple[int, bytes]] = []
        self._number = 0
        self._sent_at = self._heard_at = time.monotonic()
        self._stuck_since: float | None = None
        self._sock = _connected(peer)
        self._send(_connect(peer))
        code = self._await(Packet.CONNACK)[1]
        if code:
            raise ConnectionLost(f"the broker refused: {REASONS.get(code, 'not authorised')}")

    def subscribe(self, filters: Iterable[str]) -> None:
        """Hear what fits these filters, at QoS 1; returns when the broker has agreed to all of them."""
        body = b"".join(_text(wanted) + b"\x01" for wanted in filters)
        self._number = self._number % 65535 + 1
        self._send(_packet((Packet.SUBSCRIBE << 4) | 2, struct.pack(">H", self._number) + body))
        if REFUSED in self._await(Packet.SUBACK)[2:]:
            raise ConnectionLost("the broker refused a subscription")

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        """Queue a message for the next `flush`; many go in one write.

        The broker's receipt is not waited for: whoever publishes says it again after a loss.
        """
        self._number = self._number % 65535 + 1
        self._unsent += packets.publish(Publish(topic, payload, qos, retain, number=self._number if qos else 0))

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """Tell the broker that these messages are taken care of, all in one write."""
        self._send(b"".join(packets.numbered(Packet.PUBACK, number) for number in numbers if number))

    def read(self, messages: int, size: int) -> list[Publish]:
        """What has arrived whole; at most so many messages, and not many more bytes."""
        read_bytes = 0
        while len(self._arrived) < messages and read_bytes < size:
            count = self._receive()
            if not count:
                break
            read_bytes += count
        taken, self._arrived = self._arrived[:messages], self._arrived[messages:]
        return taken

    def fileno(self) -> int:
        """The socket."""
        return self._sock.fileno()

    def has_buffered(self) -> bool:
        """Whether there is more to read that select does not see."""
        return bool(self._arrived) or (isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0)

    def wants_write(self) -> bool:
        """Whether something waits for the network to take it."""
        return bool(self._unsent)

    def flush(self) -> None:
        """Send what waits, as far as the network takes it."""
        now = time.monotonic()
        try:
            while self._unsent:
                del self._unsent[: self._sock.send(self._unsent)]
                self._sent_at = now
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            self._stuck_since = self._stuck_since or now
            if now - self._stuck_since > CONNECT_S:
                raise ConnectionLost("the broker does not read") from None
            return
        except OSError as error:
            raise ConnectionLost(error.strerror or str(error)) from error
        self._stuck_since = None

    def keep_alive(self) -> None:
        """Ping when it is time; call at least every few seconds."""
        now = time.monotonic()
        if now - self._heard_at > 1.5 * KEEPALIVE_S and not select.select([self._sock], [], [], 0)[0]:
            raise ConnectionLost("the broker has fallen silent")
        if now - min(self._sent_at, self._heard_at) > KEEPALIVE_S / 2:
            self._sent_at = now
            self._send(bytes((Packet.PINGREQ << 4, 0)))

    def close(self) -> None:
        """Say good-bye, if it can still be said, and let go."""
        try:
            self._sock.send(bytes((Packet.DISCONNECT << 4, 0)))
        except OSError:
            self._unsent.clear()
        self._sock.close()

    def _send(self, data: bytes) -> None:
        self._unsent += data
        self.flush()

    def _receive(self) -> int:
        """Take what is there and cut it into packets; how many bytes it was."""
        try:
            count = self._sock.recv_into(self._assembler.space())
        except (BlockingIOError, ssl.SSLWantReadError):
            return 0
        except OSError as error:
            raise ConnectionLost(error.strerror or str(error)) from error
        if not count:
            raise ConnectionLost("the connection was lost")
        self._heard_at = time.monotonic()
        self._assembler.filled(count)
        try:
            while (packet := self._assembler.next()) is not None:
                kind, flags, body = packet
                if kind == Packet.PUBLISH:
                    self._arrived.append(packets.read_publish(flags, body))
                elif kind in (Packet.CONNACK, Packet.SUBACK):
                    self._answers.append((kind, bytes(body)))
        except ProtocolError as error:
            raise ConnectionLost(f"the broker speaks no MQTT: {error}") from error
        return count

    def _await(self, kind: Packet) -> bytes:
        """The broker's answer of this kind; what else comes meanwhile is kept."""
        deadline = time.monotonic() + CONNECT_S
        while time.monotonic() < deadline:
            while self._answers:
                found, body = self._answers.pop(0)
                if found == kind:
                    return body
            self.flush()
            if not self._receive():
                select.select([self._sock], [self._sock] if self._unsent else [], [], 0.1)
        raise ConnectionLost("the broker does not answer")


def _connected(peer: Peer) -> socket.socket:
    try:
        sock = socket.create_connection((peer.host, peer.port), CONNECT_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if peer.tls is not None:
            sock = peer.tls.wrap_socket(sock, server_hostname=peer.host)
    except OSError as error:
        raise ConnectionLost(f"the broker cannot be reached: {error.strerror or error}") from error
    sock.setblocking(False)
    return sock


def _connect(peer: Peer) -> bytes:
    """Section 3.1 of the specification."""
    flags, given = 0x02 if peer.clean else 0, [peer.client_id]
    if peer.username:
        flags |= 0xC0
        given += [peer.username, peer.password]
    head = _text("MQTT") + bytes((4, flags)) + struct.pack(">H", KEEPALIVE_S)
    return _packet(Packet.CONNECT << 4, head + b"".join(map(_text, given)))


def _packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + packets.length(len(body)) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data
