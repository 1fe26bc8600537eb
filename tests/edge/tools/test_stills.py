"""Still pictures: headers before pixels, every orientation mapped back, and one clear reason for what is no picture."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.tools.stillheader import Header, read_header
from edge.tools.stills import ORIENTATIONS, StillError, read_still, upright
from edge.values import Box

PICTURE = np.arange(20 * 30 * 3, dtype=np.uint32).reshape(20, 30, 3).astype(np.uint8)


def encoded(kind: str, picture: np.ndarray = PICTURE) -> bytes:
    return cv2.imencode(kind, picture)[1].tobytes()


def with_exif(jpeg: bytes, orientation: int, order: str) -> bytes:
    mark = {"<": b"II", ">": b"MM"}[order]
    directory = struct.pack(order + "HHHIHH", 1, 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0" + mark + struct.pack(order + "HI", 42, 8) + directory + bytes(4)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp"])
def test_reads_the_size_of_every_kind(kind: str) -> None:
    header = read_header(encoded(kind))
    assert header is not None
    assert (header.width, header.height, header.orientation) == (30, 20, 1)


def test_reads_the_size_of_a_gif() -> None:
    assert read_header(b"GIF89a" + struct.pack("<HH", 640, 480)) == Header("gif", 640, 480)


def test_reads_the_size_of_lossless_and_extended_webp() -> None:
    lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0/" + struct.pack("<I", 29 | 19 << 14)
    extended = b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + (29).to_bytes(3, "little") + (19).to_bytes(3, "little")
    assert read_header(lossless) == read_header(extended) == Header("webp", 30, 20)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_reads_the_orientation(orientation: int, order: str) -> None:
    header = read_header(with_exif(encoded(".jpg"), orientation, order))
    assert header is not None
    assert header.orientation == orientation


def test_a_senseless_orientation_is_none() -> None:
    header = read_header(with_exif(encoded(".jpg"), 77, "<"))
    assert header is not None
    assert header.orientation == 1


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF0000WEBPVP8 "]),
)
def test_no_bytes_do_harm(data: bytes, start: bytes) -> None:
    header = read_header(start + data)
    assert header is None or (header.width > 0 and header.height > 0)


@given(cut=st.integers(0, 600), orientation=st.integers(1, 8))
def test_no_cut_off_picture_does_harm(cut: int, orientation: int) -> None:
    read_header(with_exif(encoded(".jpg"), orientation, "<")[:cut])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_comes_back_to_where_it_is_stored(orientation: int) -> None:
    """A white patch, wherever the orientation puts it for viewing, has its stored place again."""
    stored = np.zeros((20, 30, 3), np.uint8)
    stored[3:8, 12:22] = 255
    still = upright(stored, Header("jpeg", 30, 20, orientation))
    rows, columns = np.nonzero(still.upright[:, :, 0])
    seen = Box(columns.min(), rows.min(), columns.max() + 1 - columns.min(), rows.max() + 1 - rows.min())
    assert still.stored(seen) == Box(12, 3, 10, 5)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_pictures_as_opencv_does(orientation: int, tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    path.write_bytes(with_exif(encoded(".jpg", cv2.resize(PICTURE, (300, 200))), orientation, ">"))
    expected = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert np.array_equal(read_still(path).upright, expected)


@given(
    orientation=st.sampled_from(sorted(ORIENTATIONS)),
    x=st.floats(-40, 40),
    y=st.floats(-40, 40),
    w=st.floats(0, 60),
    h=st.floats(0, 60),
)
def test_boxes_are_cut_off_at_the_edge(orientation: int, x: float, y: float, w: float, h: float) -> None:
    still = upright(PICTURE, Header("jpeg", 30, 20, orientation))
    box = still.stored(Box(x, y, w, h))
    if x < still.upright.shape[1] and y < still.upright.shape[0] and x + w > 0 and y + h > 0:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.w <= 30
        assert box.y + box.h <= 20


def test_reads_grey_deep_and_transparent_pictures_as_rgb(tmp_path: Path) -> None:
    for number, picture in enumerate(
        [PICTURE[:, :, 0], PICTURE[:, :, 0].astype(np.uint16) * 257, np.dstack([PICTURE, PICTURE[:, :, :1]])]
    ):
        path = tmp_path / f"{number}.png"
        path.write_bytes(encoded(".png", picture))
        still = read_still(path)
        assert still.upright.shape == (20, 30, 3)
        assert still.upright.dtype == np.uint8


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello", "not a picture"),
        (encoded(".png")[:60], "damaged"),
        (b"GIF89a" + struct.pack("<HH", 30, 20), "damaged|no picture"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 20000, 20000), "too large"),
        (b"GIF89a" + struct.pack("<HH", 65535, 65535), "too large"),
    ],
)
def test_says_why_a_file_is_no_picture(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "file.jpg"
    path.write_bytes(data)
    with pytest.raises(StillError, match=reason):
        read_still(path)


def test_says_why_a_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StillError, match="No such file"):
        read_still(tmp_path / "missing.jpg")
    with pytest.raises(StillError, match="directory"):
        read_still(tmp_path)
