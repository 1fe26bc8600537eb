"""What a camera is to the rest of the device: units in order of arrival, and decoders that turn them into pictures."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from edge.errors import CameraError
from edge.values import Planes

MAX_PIXELS = 4096 * 4096
"""The largest picture taken (16.8 megapixels): a decoder holds several, so this bounds a camera's memory."""


class RefusedError(CameraError):
    """The camera refuses our credentials: trying often would lock the account."""


class Effort(Enum):
    """How well pictures are decoded. FULL is exact; LIGHT leaves out the loop filter, good enough to find faces."""

    FULL = "full"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """What a camera sends. `full_range` and `bt709` say how its YUV is meant; `fps` is 0 where unknown.

    `reordered`: with B-frames. `plain`: 8-bit 4:2:0. `header` is what stands beside the units, for H.264 its parameter
    sets.
    """

    codec: str
    width: int
    height: int
    fps: float
    full_range: bool = False
    bt709: bool = False
    reordered: bool = False
    plain: bool = True
    header: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Unit:
    """One coded picture (or a raw one) of a camera, in order of arrival.

    `time_s` and `captured_at` as in Frame; with B-frames `time_s` is not in order. `key`: it decodes by itself.
    `payload` belongs to the camera that made the unit.
    """

    time_s: float
    captured_at: float
    key: bool
    size: int
    payload: object = field(repr=False)


class Picture(Protocol):
    """A decoded picture whose conversion waits until somebody needs it."""

    @property
    def time_s(self) -> float: ...

    @property
    def captured_at(self) -> float: ...

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the planes."""

    def planes(self) -> Planes:
        """The picture as YUV 4:2:0 of even size, not to be written to. CameraError if it is too large."""


class Decoder(Protocol):
    """Units in, pictures out in order of display; starts at a key unit. Damage is skipped, never raised."""

    def decode(self, unit: Unit) -> list[Picture]: ...

    def rest(self) -> list[Picture]:
        """The pictures still held back for reordering; the decoder then waits for a key unit."""


class Camera(Protocol):
    """A camera, made closed. One thread owns it; only `interrupt` may be called from another, at any time."""

    def open(self) -> None:
        """Connect, once; CameraError with the reason. Close it afterwards in any case."""

    @property
    def format(self) -> VideoFormat: ...

    def units(self) -> Iterator[Unit]:
        """Blocks for each unit; ends where a recording ends. CameraError with the reason when the camera fails."""

    def decoder(self, effort: Effort) -> Decoder:
        """A fresh decoder for this camera's units."""

    def interrupt(self) -> None:
        """Make a blocked `open` or `units` end soon (CameraError), and every later one."""

    def close(self) -> None: ...
