"""MQTT 3.1.1 packets, bytes to values and back (OASIS MQTT Version 3.1.1, chapters 2 and 3), QoS 0 and 1. Pure.

Longer than it could be in a library, shorter than what any of them brings along: this is all that the wire here needs.
"""

import struct
from dataclasses import dataclass, field
from enum import IntEnum

MAX_PACKET = 5 * 1024 * 1024
CAPACITY = 16 * 1024


class ProtocolError(Exception):
    """The peer does not speak MQTT 3.1.1 with QoS 0 and 1; the connection ends."""


class Packet(IntEnum):
    """The packet types that occur here."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14


@dataclass(slots=True)  # not frozen: one is made for every message
class Publish:
    """One message; `number` is the packet identifier, 0 with QoS 0."""

    topic: str
    payload: bytes = field(repr=False)
    qos: int = 0
    retain: bool = False
    duplicate: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class Connect:
    """What a client introduces itself with."""

    client_id: str
    clean: bool
    keepalive_s: int
    will: Publish | None


class Assembler:
    """Bytes as they come in, packets as they are whole, in one buffer that is used again and again."""

    def __init__(self, max_packet: int = MAX_PACKET, capacity: int = CAPACITY) -> None:
        self._max_packet = max_packet
        self._capacity = capacity
        self._buffer = bytearray(capacity)
        self._begin = self._end = 0

    def space(self) -> memoryview:
        """Where the network may write what comes next, never empty; `filled` tells how much it was."""
        if self._begin == self._end:
            self._begin = self._end = 0
            if len(self._buffer) > self._capacity:
                self._buffer = bytearray(self._capacity)
        elif len(self._buffer) - self._end < self._capacity // 2:
            self._make_room()
        return memoryview(self._buffer)[self._end :]

    def filled(self, count: int) -> None:
        """So many bytes of the last `space` are there."""
        self._end += count

    def feed(self, data: bytes) -> None:
        """Take what somebody else has read."""
        at = 0
        while at < len(data):
            space = self.space()
            part = data[at : at + len(space)]
            space[: len(part)] = part
            self.filled(len(part))
            at += len(part)

    def next(self) -> tuple[int, int, memoryview] | None:
        """Type, flags and body of the next whole packet; the body is what it is until `space` or `feed`."""
        buffer, begin, end = self._buffer, self._begin, self._end
        count, shift = 0, 0
        for index in range(begin + 1, min(end, begin + 5)):
            count |= (buffer[index] & 0x7F) << shift
            shift += 7
            if not buffer[index] & 0x80:
                return self._cut(index + 1, count)
        if end >= begin + 5:
            raise ProtocolError("a remaining length of more than four bytes")
        return None

    def _cut(self, start: int, count: int) -> tuple[int, int, memoryview] | None:
        if count > self._max_packet:
            raise ProtocolError(f"a packet of {count} bytes, at most {self._max_packet}")
        end = start + count
        if end > self._end:
            return None
        kind = self._buffer[self._begin]
        self._begin = end
        return kind >> 4, kind & 0x0F, memoryview(self._buffer)[start:end]

    def _make_room(self) -> None:
        """Begin at the front again; a packet that is larger than the buffer gets one of twice the size."""
        held = self._buffer[self._begin : self._end]
        if 2 * len(held) > len(self._buffer):
            self._buffer = bytearray(2 * len(self._buffer))
        self._buffer[: len(held)] = held
        self._begin, self._end = 0, len(held)


class Body:
    """Reads the fields of a packet's body, one behind the other."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = memoryview(data)
        self._at = 0

    def take(self, count: int) -> memoryview:
        """So many bytes, not copied."""
        end = self._at + count
        if end > len(self._data):
            raise ProtocolError("a packet that ends too early")
        taken, self._at = self._data[self._at : end], end
        return taken

    def byte(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def word(self) -> int:
        """Two bytes, most significant first."""
        return int.from_bytes(self.take(2), "big")

    def binary(self) -> bytes:
        """A field that begins with its length."""
        return bytes(self.take(self.word()))

    def text(self) -> str:
        """The same as UTF-8, without NUL (section 1.5.3)."""
        return _text(self.binary())

    def more(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._data)


def read_connect(data: bytes | memoryview) -> Connect:
    """Section 3.1; user name and password are read over: the certificate says who it is."""
    body = Body(data)
    if (body.text(), body.byte()) != ("MQTT", 4):
        raise ProtocolError("not MQTT 3.1.1")
    flags, keepalive_s, client_id = body.byte(), body.word(), body.text()
    will = None
    if flags & 0x04:
        topic, payload = body.text(), body.binary()
        will = Publish(_checked(topic), payload, min((flags >> 3) & 3, 1), bool(flags & 0x20))
    return Connect(client_id, bool(flags & 0x02), keepalive_s, will)


def read_publish(flags: int, data: bytes | memoryview) -> Publish:
    """Section 3.3; without `Body`, for it is read so much more often than everything else together."""
    qos = (flags >> 1) & 3
    if qos > 1:
        raise ProtocolError("QoS 2 is not spoken here")
    end = 2 + int.from_bytes(data[:2], "big")
    start = end + 2 if qos else end
    if start > len(data):
        raise ProtocolError("a packet that ends too early")
    topic, number = _checked(_text(bytes(data[2:end]))), int.from_bytes(data[end:start], "big")
    return Publish(topic, bytes(data[start:]), qos, bool(flags & 1), bool(flags & 8), number)


def read_subscribe(data: bytes | memoryview) -> tuple[int, list[tuple[str, int]]]:
    """Section 3.8: the packet identifier, and filters with the QoS asked for, lowered to what there is."""
    body = Body(data)
    number, filters = body.word(), []
    while body.more():
        text = body.text()
        filters.append((_checked_filter(text), min(body.byte(), 1)))
    return number, filters


def read_unsubscribe(data: bytes | memoryview) -> tuple[int, list[str]]:
    """Section 3.10."""
    body = Body(data)
    number, filters = body.word(), []
    while body.more():
        filters.append(body.text())
    return number, filters


def connack(session_present: bool, code: int = 0) -> bytes:
    """Section 3.2; code 0 accepts, 5 is `not authorised`."""
    return bytes((Packet.CONNACK << 4, 2, session_present, code))


def publish(message: Publish) -> bytes:
    """Section 3.3."""
    flags = (message.duplicate << 3) | (message.qos << 1) | message.retain
    topic = message.topic.encode()
    head = struct.pack(">H", len(topic)) + topic + (struct.pack(">H", message.number) if message.qos else b"")
    return bytes(((Packet.PUBLISH << 4) | flags,)) + length(len(head) + len(message.payload)) + head + message.payload


def numbered(kind: Packet, number: int, codes: bytes = b"") -> bytes:
    """PUBACK, SUBACK and UNSUBACK: what was received, by its packet identifier."""
    return bytes((kind << 4, 2 + len(codes))) + struct.pack(">H", number) + codes


def pingresp() -> bytes:
    """Section 3.13."""
    return bytes((Packet.PINGRESP << 4, 0))


def matches(wanted: str, topic: str) -> bool:
    """Whether a topic fits a filter (section 4.7); one that begins with $ fits no wildcard at its front."""
    if topic.startswith("$") and wanted[0] in "+#":
        return False
    levels, given = wanted.split("/"), topic.split("/")
    for index, level in enumerate(levels):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(levels) == len(given)


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ProtocolError("text that is not UTF-8") from None
    if "\0" in text:
        raise ProtocolError("text with NUL")
    return text


def _checked(topic: str) -> str:
    if not topic or "+" in topic or "#" in topic:
        raise ProtocolError("a topic that is none")
    return topic


def _checked_filter(text: str) -> str:
    levels = text.split("/")
    whole = all(level in ("+", "#") or not ("+" in level or "#" in level) for level in levels)
    if not text or not whole or "#" in levels[:-1]:
        raise ProtocolError("a topic filter that is none")
    return text


def length(count: int) -> bytes:
    """The remaining length, seven bits a byte (section 2.2.3)."""
    encoded = bytearray()
    while True:
        count, digit = divmod(count, 128)
        encoded.append(digit | (0x80 if count else 0))
        if not count:
            return bytes(encoded)
