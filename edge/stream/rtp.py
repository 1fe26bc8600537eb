"""H.264 access units to RTP packets (RFC 3550, RFC 6184 mode 1), framed for RTSP's TCP connection. Pure."""

import re
import struct
from collections.abc import Iterator, Sequence

CLOCK_HZ = 90_000
PAYLOAD_TYPE = 96
MAX_PAYLOAD = 1304
"""So that a packet with its headers fits where MPEG-TS would (1316 and RTP's 12): also over UDP further on."""
START_CODE = re.compile(rb"\x00\x00\x01")
SPS, PPS, FU_A = 7, 8, 28
HEADER = 12
Nal = bytes | memoryview
NTP_EPOCH_S = 2_208_988_800
"""From 1900, where NTP counts from, to 1970."""


def nal_units(access_unit: bytes) -> list[memoryview]:
    """The NAL units of a byte stream (H.264 Annex B), without start codes."""
    view = memoryview(access_unit)
    starts = [(match.start(), match.end()) for match in START_CODE.finditer(access_unit)]
    ends = [*(start for start, _ in starts[1:]), len(access_unit)]
    return [_stripped(view[begin:end]) for (_, begin), end in zip(starts, ends, strict=False) if end > begin]


def _stripped(nal: memoryview) -> memoryview:
    """Without the zeros that belong to the next start code."""
    end = len(nal)
    while end > 1 and nal[end - 1] == 0:
        end -= 1
    return nal[:end]


def parameter_sets(access_unit: bytes) -> tuple[bytes, bytes] | None:
    """The sequence and the picture parameter set of a key picture, None if it lacks one."""
    found = {nal[0] & 0x1F: bytes(nal) for nal in nal_units(access_unit)}
    return (found[SPS], found[PPS]) if SPS in found and PPS in found else None


class Packetizer:
    """One RTP stream's numbering; `ssrc`, `sequence` and `base` are random, as RFC 3550 asks."""

    def __init__(self, ssrc: int, sequence: int, base: int) -> None:
        self._ssrc = ssrc
        self._sequence = sequence & 0xFFFF
        self._base = base
        self._packets = self._octets = 0

    @property
    def octets(self) -> int:
        """Octets of payload so far."""
        return self._octets

    def timestamp(self, time_s: float) -> int:
        """The RTP timestamp of a time on the stream's clock."""
        return (self._base + round(time_s * CLOCK_HZ)) & 0xFFFFFFFF

    def interleaved(self, nals: Sequence[Nal], time_s: float, channel: int) -> bytes:
        """The NAL units of one picture as RTP packets in `$` frames of an RTSP connection (RFC 2326, 10.12)."""
        timestamp = self.timestamp(time_s)
        payloads = [payload for nal in nals for payload in _payloads(nal)]
        parts: list[Nal] = []
        for index, (prefix, body) in enumerate(payloads, start=1):
            size = len(prefix) + len(body)
            marker = 0x80 if index == len(payloads) else 0
            frame = (b"$", channel, HEADER + size)
            header = (0x80, marker | PAYLOAD_TYPE, self._sequence, timestamp, self._ssrc)
            parts += (struct.pack("!cBHBBHII", *frame, *header), prefix, body)
            self._sequence = (self._sequence + 1) & 0xFFFF
            self._packets += 1
            self._octets += size
        return b"".join(parts)

    def sender_report(self, wall_s: float, time_s: float, channel: int) -> bytes:
        """An RTCP sender report that says which wall-clock time a time on the stream's clock was."""
        seconds = int(wall_s) + NTP_EPOCH_S
        fraction = int((wall_s % 1) * 2**32)
        report = struct.pack(
            "!BBHIIIIII",
            *(0x80, 200, 6, self._ssrc, seconds & 0xFFFFFFFF, fraction),
            *(self.timestamp(time_s), self._packets & 0xFFFFFFFF, self._octets & 0xFFFFFFFF),
        )
        return struct.pack("!cBH", b"$", channel, len(report)) + report


def _payloads(nal: Nal) -> Iterator[tuple[bytes, Nal]]:
    """A NAL unit whole, or in fragments (FU-A) with their two bytes of header."""
    if len(nal) <= MAX_PAYLOAD:
        yield b"", nal
        return
    indicator, kind, room = (nal[0] & 0xE0) | FU_A, nal[0] & 0x1F, MAX_PAYLOAD - 2
    for at in range(1, len(nal), room):
        first, last = 0x80 * (at == 1), 0x40 * (at + room >= len(nal))
        yield bytes((indicator, first | last | kind)), nal[at : at + room]
