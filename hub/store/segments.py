"""Pictures in append-only files, `pictures/NNNNNN.seg`: a batch costs one fdatasync; a row says where its JPEG lies.

Bytes behind the last committed row are what a crash left there: nobody refers to them, the next append goes behind.
The newest pictures stay in the page cache for whoever looks at them now; what is older is let go of, so that a stream
of pictures goes through the same pages again and again instead of filling the memory that the database works in.
Each writer locks the file that it appends to, so several ingest processes write side by side.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from hub.store.errors import PictureError, PictureOutOfReach
from hub.store.pictures import Place, Room, StoredSegment

SEGMENT_BYTES = 256 * 1024 * 1024
CACHED_BYTES = 4 * 1024 * 1024
LET_GO_BYTES = 4 * 1024 * 1024  # at once, lest a large page that lies across two parts stay
DAY_S = 86400
VECTOR = 512  # buffers in one writev; IOV_MAX is 1024


@dataclass(frozen=True, slots=True)
class SegmentFiles:
    """The pictures in one directory of this machine; a `PictureStore`."""

    directory: Path
    segment_bytes: int = SEGMENT_BYTES

    def writer(self) -> "SegmentWriter":
        """Somebody new who appends."""
        return SegmentWriter(self.directory, self.segment_bytes)

    def read(self, place: Place, digest: bytes) -> bytes:
        """The JPEG at a place; PictureError if it is gone or not what was written there."""
        return read_picture(self.directory, place, digest)

    def segments(self) -> list[StoredSegment]:
        """Every segment, oldest first."""
        numbers = segment_numbers(self.directory)
        return [StoredSegment(number, segment_path(self.directory, number).stat().st_size) for number in numbers]

    def claimed(self, number: int) -> AbstractContextManager[bool]:
        """Whether nobody appends to a segment, and if so nobody can within the block."""
        return claimed(self.directory, number)

    def remove(self, number: int) -> None:
        """Remove a segment for good."""
        segment_path(self.directory, number).unlink()

    def room(self) -> Room:
        """The disk that the directory is on."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        usage = shutil.disk_usage(self.directory)
        return Room(usage.free, usage.total)


class SegmentWriter:
    """Appends pictures; one owner, one thread. A new segment begins when the old one is full, and with each day (UTC),
    so that pictures that are to be forgotten by their age lie together."""

    def __init__(
        self, directory: Path, segment_bytes: int = SEGMENT_BYTES, clock: Callable[[], float] = time.time
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._segment_bytes = segment_bytes
        self._clock = clock
        self._day = 0
        self._file: int | None = None
        self._number = 0
        self._end = 0
        self._let_go_to = 0

    def append(self, pictures: Sequence[bytes]) -> list[Place]:
        """Write the pictures and force them to the disk: when this returns, a row may refer to them.

        Raises OSError when the disk is full; nothing then refers to what was written.
        """
        if not pictures:
            return []
        file = self._segment()
        places, offset = [], self._end
        for picture in pictures:
            places.append(Place(self._number, offset, len(picture)))
            offset += len(picture)
        try:
            _write_all(file, pictures)
            os.fdatasync(file)
        except OSError:
            os.ftruncate(file, self._end)
            raise
        self._end = offset
        self._let_go(file)
        return places

    def close(self) -> None:
        """Give the segment up for others to go on with."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _let_go(self, file: int) -> None:
        """Tell the kernel of what is on the disk and not new any more. It reads it again when somebody asks."""
        old = self._end - CACHED_BYTES - self._let_go_to
        if old >= LET_GO_BYTES:
            os.posix_fadvise(file, self._let_go_to, old, os.POSIX_FADV_DONTNEED)
            self._let_go_to += old

    def _segment(self) -> int:
        if self._file is not None and (self._end >= self._segment_bytes or self._today() != self._day):
            self.close()
        if self._file is None:
            self._open()
        assert self._file is not None
        return self._file

    def _open(self) -> None:
        """Go on with the newest segment if it has room and no other writer, else begin the next one."""
        newest = max(segment_numbers(self._directory), default=0)
        numbers = [newest] if newest else []
        while not self._take(numbers.pop() if numbers else newest + 1):
            newest = max([newest, *segment_numbers(self._directory)])

    def _take(self, number: int) -> bool:
        path = segment_path(self._directory, number)
        fresh = not path.exists()
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        found, today = os.fstat(file), self._today()
        begun_today = found.st_size == 0 or found.st_mtime // DAY_S == today
        if found.st_size >= self._segment_bytes or found.st_nlink == 0 or not begun_today:  # full, removed, or old
            os.close(file)
            return False
        if fresh:
            _sync_directory(self._directory)
        self._file, self._number, self._day = file, number, today
        self._end = self._let_go_to = found.st_size
        return True

    def _today(self) -> int:
        return int(self._clock() // DAY_S)


def read_picture(directory: Path, place: Place, digest: bytes) -> bytes:
    """The JPEG at a place; PictureError if it is gone or not what was written there."""
    try:
        with segment_path(directory, place.segment).open("rb", buffering=0) as file:
            picture = os.pread(file.fileno(), place.length, place.offset)
    except FileNotFoundError:
        raise PictureError(f"segment {place.segment} is gone") from None
    except OSError as error:
        raise PictureOutOfReach(f"segment {place.segment} cannot be read: {error.strerror}") from error
    if sha256(picture).digest() != bytes(digest):
        raise PictureError(f"damaged: segment {place.segment}, {place.length} bytes at {place.offset}")
    return picture


def segment_numbers(directory: Path) -> list[int]:
    """The segments that exist, oldest first."""
    return sorted(int(path.stem) for path in directory.glob("[0-9]*.seg"))


def segment_path(directory: Path, number: int) -> Path:
    """The file of a segment."""
    return directory / f"{number:06d}.seg"


@contextmanager
def claimed(directory: Path, number: int) -> Iterator[bool]:
    """Whether a segment is nobody's, and if so ours within the block: no writer can open it."""
    with segment_path(directory, number).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _write_all(file: int, pictures: Sequence[bytes]) -> None:
    for start in range(0, len(pictures), VECTOR):
        part = pictures[start : start + VECTOR]
        written = os.writev(file, part)
        rest = memoryview(b"".join(part))[written:] if written < sum(map(len, part)) else memoryview(b"")
        while rest:
            rest = rest[os.write(file, rest) :]


def _sync_directory(directory: Path) -> None:
    file = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
