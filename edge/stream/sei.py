"""What travels inside each published picture: when it was captured, and the boxes that the player is to draw on it.

A user data SEI message (ITU-T H.264, D.1.7) under a UUID of ours. Media servers pass it on untouched, every decoder
steps over it, and the page reads it before decoding: picture and boxes cannot come apart. Pure.
"""

import struct
from collections.abc import Sequence

from edge.values import Box

UUID = bytes.fromhex("d9a4b2f4c3c54b0c9d6e6a1f0e8b7c35")
SEI, USER_DATA = 6, 5
FIRST_SLICE, LAST_SLICE = 1, 5
MOST_BOXES = 50
SIDE_LIMIT = 65535
HEAD = struct.Struct("!QHHB")
BOX = struct.Struct("!4H")


def message(captured_at: float, size: tuple[int, int], boxes: Sequence[Box]) -> bytes:
    """The SEI NAL unit of a picture; `boxes` in pixels of a picture of that width and height, at most MOST_BOXES."""
    shown = boxes[:MOST_BOXES]
    body = UUID + HEAD.pack(max(0, round(captured_at * 1000)), *map(_side, size), len(shown))
    body += b"".join(BOX.pack(*map(_side, (box.x, box.y, box.x + box.w, box.y + box.h))) for box in shown)
    return bytes((SEI,)) + escaped(bytes((USER_DATA,)) + _length(len(body)) + body + b"\x80")


def insert(nals: Sequence[bytes | memoryview], sei: bytes) -> list[bytes | memoryview]:
    """The NAL units of one picture with the message where it belongs: in front of the first slice."""
    at = next((i for i, nal in enumerate(nals) if FIRST_SLICE <= nal[0] & 0x1F <= LAST_SLICE), len(nals))
    return [*nals[:at], sei, *nals[at:]]


def escaped(payload: bytes) -> bytes:
    """With emulation prevention (ITU-T H.264, 7.4.1): no start code inside."""
    out, zeros = bytearray(), 0
    for octet in payload:
        if zeros >= 2 and octet <= 3:
            out.append(3)
            zeros = 0
        out.append(octet)
        zeros = 0 if octet else zeros + 1
    return bytes(out)


def _length(octets: int) -> bytes:
    return b"\xff" * (octets // 255) + bytes((octets % 255,))


def _side(length: float) -> int:
    return min(SIDE_LIMIT, max(0, round(length)))
