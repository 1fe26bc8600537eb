"""Where pictures are kept, as everybody else sees it: segments of many pictures each, appended, read by place, removed.

Segment files on this machine's disk are one such place (`hub.store.segments`), an S3 bucket another (`hub.store.s3`).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies: `length` bytes at `offset` of a segment."""

    segment: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """One segment and its size in bytes."""

    number: int
    size: int


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes of the disk that pictures share with everything else there."""

    free: int
    total: int


class PictureWriter(Protocol):
    """Appends pictures; one owner, one thread."""

    def append(self, pictures: Sequence[bytes]) -> list[Place]:
        """Keep the pictures for good: when this returns, a row may refer to them. OSError: none of them is kept."""

    def close(self) -> None:
        """Give up what it holds for others to go on with."""


class PictureStore(Protocol):
    """All pictures of one installation; any number of threads and processes."""

    def __hash__(self) -> int:
        """The same for the same place, so that what was read can be remembered by it."""

    def writer(self) -> PictureWriter:
        """Somebody new who appends."""

    def read(self, place: Place, digest: bytes) -> bytes:
        """The JPEG at a place; PictureError if it is gone, out of reach, or not what was written there."""

    def segments(self) -> list[StoredSegment]:
        """Every segment, oldest first."""

    def claimed(self, number: int) -> AbstractContextManager[bool]:
        """Whether nobody appends to a segment, and if so nobody can within the block."""

    def remove(self, number: int) -> None:
        """Remove a segment for good."""

    def room(self) -> Room | None:
        """The disk that pictures and alerts share; None where pictures take no room here."""
