"""H.264 as files keep it (ISO/IEC 14496-15) and as cameras send it, in one form: the byte stream of Annex B. Pure."""

import re
from collections.abc import Iterator

START = b"\x00\x00\x00\x01"
CONFIGURATION_RECORD = 1
SPS_AHEAD = re.compile(rb"\x00\x00\x01[\x07\x27\x47\x67]")
LEAST_RECORD = 7


def byte_stream(payload: bytes, header: bytes, key: bool) -> bytes:
    """One picture with start codes, a key picture with its parameter sets.

    `header` is what the container says of the stream besides: an avcC record, or the parameter sets with start codes.
    """
    record = header[:1] == bytes((CONFIGURATION_RECORD,)) and len(header) >= LEAST_RECORD
    stream = _started(_prefixed(payload, 1 + (header[4] & 3))) if record else payload
    if not key or SPS_AHEAD.search(stream):
        return stream
    return (_started(_sets(header)) if record else header) + stream


def _started(nals: Iterator[bytes]) -> bytes:
    return b"".join(START + nal for nal in nals)


def _prefixed(payload: bytes, size: int) -> Iterator[bytes]:
    """The NAL units behind their lengths of `size` bytes; a cut one ends it."""
    at = 0
    while at + size <= len(payload):
        end = at + size + int.from_bytes(payload[at : at + size], "big")
        if end > len(payload):
            return
        yield payload[at + size : end]
        at = end


def _sets(record: bytes) -> Iterator[bytes]:
    """The sequence parameter sets, then the picture parameter sets, of an avcC record."""
    at = 5
    for mask in (0x1F, 0xFF):
        count, at = record[at] & mask if at < len(record) else 0, at + 1
        for _ in range(count):
            size = int.from_bytes(record[at : at + 2], "big")
            yield record[at + 2 : at + 2 + size]
            at += 2 + size
