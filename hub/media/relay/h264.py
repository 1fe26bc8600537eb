"""H.264 over RTP (RFC 6184): payloads to whole coded pictures and back; pure, bounded, tolerant of damage."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from hub.media.relay.rtp import RtpPacket, TimestampUnwrapper

UNIT_LIMIT = 4 * 1024 * 1024
PAYLOAD_LIMIT = 1200  # leaves room for SRTP, header extensions, IPv6 and a tunnel in 1500 bytes

IDR, SPS, PPS = 5, 7, 8
STAP_A, FU_A = 24, 28


@dataclass(frozen=True)
class AccessUnit:
    """One coded picture as its NAL units, without start codes; `timestamp` counts 90 kHz ticks and never wraps."""

    nals: tuple[bytes, ...]
    timestamp: int

    @cached_property
    def is_key(self) -> bool:
        """Whether a decoder may start here."""
        return any(nal_type(nal) == IDR for nal in self.nals)

    @cached_property
    def size(self) -> int:
        """Bytes of all NAL units."""
        return sum(map(len, self.nals))

    @cached_property
    def payloads(self) -> tuple[bytes, ...]:
        """The picture cut into RTP payloads, once for all who watch."""
        return tuple(packetize(self.nals))


def nal_type(nal: bytes) -> int:
    """The type in the first byte of a NAL unit."""
    return nal[0] & 0x1F


class Depacketizer:
    """RTP packets of one stream in, access units out, parameter sets in front of every key picture.

    A picture that lost a packet is dropped with all that follow up to the next key picture, because what comes
    out is numbered anew and a viewer could not see the gap.
    """

    def __init__(self, parameter_sets: Iterable[bytes] = ()) -> None:
        self._sets = {nal_type(nal): nal for nal in parameter_sets if nal}
        self._unwrap = TimestampUnwrapper()
        self._nals: list[bytes] = []
        self._fragment: bytearray | None = None
        self._size = 0
        self._timestamp: int | None = None
        self._sequence: int | None = None
        self._damaged = False
        self._needs_key = True

    def push(self, packet: RtpPacket) -> list[AccessUnit]:
        """The pictures that this packet completes: usually none or one, two when a marker was missing."""
        done: list[AccessUnit] = []
        timestamp = self._unwrap(packet.timestamp)
        if self._timestamp is not None and timestamp != self._timestamp:
            done += self._finish()
        self._timestamp = timestamp
        self._follow(packet.sequence)
        self._take(packet.payload)
        if packet.marker:
            done += self._finish()
        return done

    def _follow(self, sequence: int) -> None:
        if self._sequence is not None and sequence != (self._sequence + 1) & 0xFFFF:
            self._damaged = True
        self._sequence = sequence

    def _take(self, payload: bytes) -> None:
        self._size += len(payload)
        if not payload or self._size > UNIT_LIMIT:
            self._damaged = True
            return
        kind = nal_type(payload)
        if kind == FU_A:
            self._take_fragment(payload)
        elif kind == STAP_A:
            self._take_aggregate(payload)
        elif 1 <= kind < STAP_A:
            self._nals.append(payload)
        else:
            self._damaged = True

    def _take_aggregate(self, payload: bytes) -> None:
        position = 1
        while position < len(payload):
            start = position + 2
            position = start + int.from_bytes(payload[position:start], "big")
            nal = payload[start:position]
            if not nal or position > len(payload):
                self._damaged = True
                return
            self._nals.append(nal)

    def _take_fragment(self, payload: bytes) -> None:
        if len(payload) < 3:
            self._damaged = True
            return
        indicator, header = payload[0], payload[1]
        if header & 0x80:
            self._fragment = bytearray([indicator & 0xE0 | header & 0x1F])
        if self._fragment is None:
            self._damaged = True
            return
        self._fragment += payload[2:]
        if header & 0x40:
            self._nals.append(bytes(self._fragment))
            self._fragment = None

    def _finish(self) -> list[AccessUnit]:
        nals, timestamp = self._nals, self._timestamp
        damaged = self._damaged or self._fragment is not None
        self._nals, self._fragment, self._size, self._damaged = [], None, 0, False
        self._timestamp = None
        self._needs_key = self._needs_key or damaged
        if damaged or not nals or timestamp is None:
            return []
        return self._emit(nals, timestamp)

    def _emit(self, nals: list[bytes], timestamp: int) -> list[AccessUnit]:
        self._sets.update((nal_type(nal), nal) for nal in nals if nal_type(nal) in (SPS, PPS))
        unit = AccessUnit(tuple(nals), timestamp)
        if unit.is_key:
            unit = AccessUnit((*self._missing_sets(nals), *nals), timestamp)
        self._needs_key = self._needs_key and not unit.is_key
        return [] if self._needs_key else [unit]

    def _missing_sets(self, nals: Sequence[bytes]) -> Iterator[bytes]:
        present = {nal_type(nal) for nal in nals}
        return (self._sets[kind] for kind in (SPS, PPS) if kind in self._sets and kind not in present)


def packetize(nals: Sequence[bytes], limit: int = PAYLOAD_LIMIT) -> list[bytes]:
    """NAL units as RTP payloads of at most `limit` bytes (> 3): small neighbours share one, large ones are cut."""
    payloads: list[bytes] = []
    small: list[bytes] = []
    room = limit - 1
    for nal in nals:
        if len(nal) + 2 > room:
            payloads += _aggregate(small)
            small, room = [], limit - 1
        if len(nal) > limit:
            payloads += _fragments(nal, limit)
        else:
            small.append(nal)
            room -= len(nal) + 2
    return payloads + _aggregate(small)


def _aggregate(nals: Sequence[bytes]) -> list[bytes]:
    if len(nals) < 2:
        return list(nals)
    header = STAP_A | max(nal[0] & 0x60 for nal in nals)
    return [bytes([header]) + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)]


def _fragments(nal: bytes, limit: int) -> Iterator[bytes]:
    indicator, kind, step = nal[0] & 0xE0 | FU_A, nal_type(nal), limit - 2
    for start in range(1, len(nal), step):
        first = 0x80 if start == 1 else 0
        last = 0x40 if start + step >= len(nal) else 0
        yield bytes([indicator, first | last | kind]) + nal[start : start + step]
