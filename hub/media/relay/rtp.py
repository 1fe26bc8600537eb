"""RTP packets (RFC 3550): parsed from bytes, built for readers, and time that does not wrap."""

import struct
from dataclasses import dataclass, field

from hub.media.relay.errors import RtpError

HEADER = struct.Struct("!BBHII")


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """What the relay needs of one packet; `timestamp` is the 32-bit value of the wire."""

    payload_type: int
    sequence: int
    timestamp: int
    marker: bool
    payload: bytes = field(repr=False)


def parse_rtp(data: bytes) -> RtpPacket:
    """One packet, its CSRC list, header extension and padding left out; RtpError when it is not RTP version 2."""
    if len(data) < HEADER.size:
        raise RtpError("shorter than an RTP header")
    first, second, sequence, timestamp, _ = HEADER.unpack_from(data)
    if first >> 6 != 2:
        raise RtpError("not RTP version 2")
    start = HEADER.size + 4 * (first & 0x0F)
    if first & 0x10:
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data) - (data[-1] if first & 0x20 else 0)
    if start > end:
        raise RtpError("header or padding longer than the packet")
    return RtpPacket(second & 0x7F, sequence, timestamp, bool(second & 0x80), data[start:end])


def build_rtp(packet: RtpPacket, ssrc: int) -> bytes:
    """The bytes of a packet without extensions."""
    marker = 0x80 if packet.marker else 0
    head = HEADER.pack(0x80, marker | packet.payload_type, packet.sequence, packet.timestamp, ssrc)
    return head + packet.payload


class TimestampUnwrapper:
    """32-bit timestamps in, a count that keeps growing (or steps back a little) out."""

    def __init__(self) -> None:
        self._last: int | None = None

    def __call__(self, timestamp: int) -> int:
        if self._last is None:
            self._last = timestamp
        step = (timestamp - self._last + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        self._last += step
        return self._last
