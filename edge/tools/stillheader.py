"""What the header of a picture file says, read without decoding a pixel: kind, size, orientation. Pure."""

from dataclasses import dataclass
from struct import error as StructError
from struct import unpack_from

PNG = b"\x89PNG\r\n\x1a\n"
START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
ORIENTATION_TAG = 0x0112


@dataclass(frozen=True, slots=True)
class Header:
    """Size in pixels as stored; `orientation` is EXIF's, 1 where the file says nothing."""

    kind: str
    width: int
    height: int
    orientation: int = 1


def read_header(data: bytes) -> Header | None:
    """The header of a JPEG, PNG, GIF or WebP file; None for anything else or when it is cut off or senseless."""
    try:
        header = _parse(data)
    except (StructError, IndexError):
        return None
    return header if header and header.width > 0 and header.height > 0 else None


def _parse(data: bytes) -> Header | None:
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(PNG):
        return Header("png", *unpack_from(">II", data, 16)) if data[12:16] == b"IHDR" else None
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return Header("gif", *unpack_from("<HH", data, 6))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def _jpeg(data: bytes) -> Header | None:
    """Walks the marker segments (ITU-T T.81, annex B) up to the frame header."""
    position, orientation = 2, 1
    while data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF or marker in WITHOUT_LENGTH:
            position += 1 if marker == 0xFF else 2
            continue
        (length,) = unpack_from(">H", data, position + 2)
        if marker in START_OF_FRAME:
            height, width = unpack_from(">HH", data, position + 5)
            return Header("jpeg", width, height, orientation)
        if marker == 0xE1 and data[position + 4 : position + 10] == b"Exif\0\0":
            orientation = _orientation(data[position + 10 : position + 2 + length])
        position += 2 + length
    return None


def _orientation(tiff: bytes) -> int:
    """Tag 274 of the first directory (TIFF 6.0); 1 when it is missing or makes no sense."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (directory,) = unpack_from(order + "I", tiff, 4)
        (count,) = unpack_from(order + "H", tiff, directory)
        for index in range(count):
            tag, _, _, value = unpack_from(order + "HHIH", tiff, directory + 2 + 12 * index)
            if tag == ORIENTATION_TAG:
                return int(value) if 1 <= value <= 8 else 1
    except StructError:
        return 1
    return 1


def _webp(data: bytes) -> Header | None:
    """The three kinds of first chunk (RFC 9649)."""
    kind = data[12:16]
    if kind == b"VP8X":
        return Header("webp", int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1)
    if kind == b"VP8L":
        (bits,) = unpack_from("<I", data, 21)
        return Header("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        width, height = unpack_from("<HH", data, 26)
        return Header("webp", width & 0x3FFF, height & 0x3FFF)
    return None
