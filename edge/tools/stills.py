"""Reads still pictures from files that may be broken, huge or turned; nothing is decoded before its size is known."""

from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError

from edge.errors import WatchpostError
from edge.tools.stillheader import Header, read_header
from edge.values import Box, Plane

MAX_PIXELS = 100_000_000
MAX_BYTES = 256 * 1024 * 1024


class StillError(WatchpostError):
    """A file is not a picture that can be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a stored picture is turned for viewing: mirrored along x and y, then its axes swapped (EXIF, tag 274)."""

    swapped: bool
    mirrored_x: bool
    mirrored_y: bool


ORIENTATIONS = {
    1: Orientation(False, False, False),
    2: Orientation(False, True, False),
    3: Orientation(False, True, True),
    4: Orientation(False, False, True),
    5: Orientation(True, False, False),
    6: Orientation(True, False, True),
    7: Orientation(True, True, True),
    8: Orientation(True, True, False),
}


@dataclass(frozen=True, slots=True)
class Still:
    """A picture as it is viewed, (H, W, 3) RGB, and how its file stores it."""

    upright: Plane
    width: int
    height: int
    orientation: Orientation

    def stored(self, box: Box) -> Box:
        """A box of the upright picture, cut off at its edges, in pixels of the file as stored."""
        x, y, right, bottom = max(0.0, box.x), max(0.0, box.y), box.x + box.w, box.y + box.h
        if self.orientation.swapped:
            x, y, right, bottom = y, x, bottom, right
        right, bottom = min(right, self.width), min(bottom, self.height)
        if self.orientation.mirrored_x:
            x, right = self.width - right, self.width - x
        if self.orientation.mirrored_y:
            y, bottom = self.height - bottom, self.height - y
        return Box(x, y, right - x, bottom - y)


def read_still(path: Path) -> Still:
    """The picture in a JPEG, PNG, GIF (its first frame) or WebP file; StillError when there is none."""
    data = _bytes(path)
    header = read_header(data)
    if header is None:
        raise StillError("not a picture that can be read (JPEG, PNG, GIF or WebP)")
    if header.width * header.height > MAX_PIXELS:
        raise StillError(f"too large: {header.width}x{header.height}, at most {MAX_PIXELS // 10**6} megapixels")
    rgb = _first_frame(path) if header.kind == "gif" else _decode(data)
    return upright(rgb, header)


def upright(stored: Plane, header: Header) -> Still:
    """The picture turned the way it is to be viewed."""
    orientation = ORIENTATIONS.get(header.orientation, ORIENTATIONS[1])
    height, width = stored.shape[:2]
    view = stored[:: -1 if orientation.mirrored_y else 1, :: -1 if orientation.mirrored_x else 1]
    turned = view.transpose(1, 0, 2) if orientation.swapped else view
    return Still(np.ascontiguousarray(turned), width, height, orientation)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise StillError(f"too large: more than {MAX_BYTES // 2**20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise StillError(error.strerror or str(error)) from error
    if not data:
        raise StillError("empty file")
    return data


def _decode(data: bytes) -> Plane:
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except (cv2.error, MemoryError) as error:
        raise StillError("damaged picture") from error
    if bgr is None:
        raise StillError("damaged picture")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _first_frame(path: Path) -> Plane:
    """OpenCV's wheels read no GIF."""
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            for frame in container.decode(video=0):
                return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    except (FFmpegError, IndexError, ValueError) as error:
        raise StillError("damaged picture") from error
    raise StillError("no picture in it")
