"""Cursors: positions in a list as short opaque text, checked when they come back; garbage is Malformed."""

import base64
import binascii
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zlib import crc32

from hub.errors import Malformed
from hub.store.listing import Position

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
POSITION = struct.Struct(">q16s")
ORDINAL_DIGITS = 18  # a bigint holds any number of so many
# A sum, so that no text which is not a cursor passes for one.
SUM = struct.Struct(">I")


def of_position(position: Position) -> str:
    """The cursor behind this alert in a listing."""
    return _sealed(POSITION.pack((position.opened_at - EPOCH) // MICROSECOND, position.id.bytes))


def position_of(text: str) -> Position:
    """The position that a cursor stands for."""
    microseconds, raw = POSITION.unpack(_opened(text))
    try:
        return Position(EPOCH + microseconds * MICROSECOND, UUID(bytes=raw))
    except OverflowError:
        raise _garbage() from None


def ordinal_of(text: str) -> int:
    """The ordinal that a cursor of the live feed stands for: its digits."""
    if not text.isascii() or not text.isdigit() or len(text) > ORDINAL_DIGITS:
        raise Malformed("query.after: not a cursor from here", ("query.after", "not a cursor from here"))
    return int(text)


def _sealed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content + SUM.pack(crc32(content))).rstrip(b"=").decode()


def _opened(text: str) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _garbage() from None
    content = raw[: POSITION.size]
    if len(raw) != POSITION.size + SUM.size or raw[POSITION.size :] != SUM.pack(crc32(content)):
        raise _garbage()
    return content


def _garbage() -> Malformed:
    return Malformed("query.cursor: not a cursor from here", ("query.cursor", "not a cursor from here"))
