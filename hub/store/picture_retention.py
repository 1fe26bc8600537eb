"""Which pictures are forgotten: past their time, beyond their room, before the disk is full; and the holes they leave.

Their alerts stay. Rows are always told first: whoever reads a row finds its picture, or none named. Rows are looked for
before any is written, for whoever writes alerts holds up everybody else who does.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

from hub.store.errors import PictureError, PictureOutOfReach
from hub.store.models import database
from hub.store.pictures import PictureStore, PictureWriter, Place, StoredSegment

CHUNK = 1000
KEYS_AT_ONCE = 20_000
MOVED_AT_ONCE = 100
SCANNED_AT_ONCE = 4 * 1024**3  # bytes of segments whose rows are looked for in one scan of all alerts
WORTH_IT = 0.5  # a segment is rewritten when less than this part of it is still referred to
LIVE = "SELECT picture_segment, sum(picture_length)::bigint FROM alert WHERE picture_segment IS NOT NULL GROUP BY 1"
OLD = """
SELECT id, opened_at FROM alert WHERE opened_at < %s AND opened_at >= %s AND (opened_at, id) > (%s, %s)
    AND picture_segment IS NOT NULL ORDER BY opened_at, id LIMIT %s
"""
HELD = """
SELECT picture_segment, id, opened_at, picture_offset, picture_length, picture_sha256 FROM alert
WHERE picture_segment = ANY(%s::int[]) ORDER BY picture_segment, picture_offset
"""
FORGET = """
UPDATE alert SET picture_segment = NULL, picture_offset = NULL, picture_length = NULL, picture_sha256 = NULL
FROM unnest(%s::uuid[], %s::timestamptz[]) AS gone (id, opened_at)
WHERE alert.id = gone.id AND alert.opened_at = gone.opened_at
"""
MOVE = """
UPDATE alert SET picture_segment = moved.segment, picture_offset = moved.place
FROM unnest(%s::uuid[], %s::timestamptz[], %s::int[], %s::bigint[], %s::int[])
    AS moved (id, opened_at, segment, place, before)
WHERE alert.id = moved.id AND alert.opened_at = moved.opened_at AND alert.picture_segment = moved.before
"""

T = TypeVar("T")
Key = tuple[UUID, datetime]
FIRST: Key = (UUID(int=0), datetime.min.replace(tzinfo=UTC))


class Held(NamedTuple):
    """A picture that an alert refers to."""

    segment: int
    alert_id: UUID
    opened_at: datetime
    offset: int
    length: int
    digest: bytes

    @property
    def key(self) -> Key:
        """Which alert."""
        return self.alert_id, self.opened_at


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment, its size, and how much of it alerts refer to; bytes."""

    number: int
    size: int
    live: int


def segments(pictures: PictureStore) -> list[Segment]:
    """Every segment, oldest first."""
    live = dict(database.execute_sql(LIVE).fetchall())
    return [Segment(stored.number, stored.size, live.get(stored.number, 0)) for stored in pictures.segments()]


def forget_pictures(pictures: PictureStore, room: int) -> int:
    """Remove the oldest segments until the rest fits into `room` bytes; how many went."""
    every = pictures.segments()
    return make_room(pictures, sum(segment.size for segment in every) - room)


def make_room(pictures: PictureStore, needed: int) -> int:
    """Remove the oldest segments, never the newest, until `needed` bytes are free; how many went."""
    gone = list[StoredSegment]()
    for segment in pictures.segments()[:-1]:
        if needed <= 0:
            break
        gone.append(segment)
        needed -= segment.size
    return sum(_remove(pictures, numbers) for numbers in _scans(gone))


def forget_pictures_before(before: datetime) -> int:
    """Take the pictures of alerts that opened before a moment away; `compact` then frees their bytes. How many."""
    count, last = 0, FIRST
    while keys := _old(before, last):
        _forget(keys)
        count, last = count + len(keys), keys[-1]
    return count


def compact(pictures: PictureStore) -> int:
    """Rewrite segments that are mostly holes, remove those that nobody refers to; how many went."""
    holed = [segment for segment in segments(pictures)[:-1] if segment.live < segment.size * WORTH_IT]
    return sum(_rewrite(pictures, numbers) for numbers in _scans(holed))


def _remove(pictures: PictureStore, numbers: Sequence[int]) -> int:
    with _claimed(pictures, numbers) as ours:
        _forget([held.key for held in _held(ours)])
        for number in ours:
            pictures.remove(number)
        return len(ours)


def _rewrite(pictures: PictureStore, numbers: Sequence[int]) -> int:
    """Append what segments still hold to another one, point the rows there, and remove them."""
    with _claimed(pictures, numbers) as ours, closing(pictures.writer()) as writer:
        left = set[int]()
        for some in _parts(_held(ours), MOVED_AT_ONCE):
            left |= _move(pictures, some, writer)
        for number in set(ours) - left:
            pictures.remove(number)
        return len(ours) - len(left)


def _move(pictures: PictureStore, held: Sequence[Held], writer: PictureWriter) -> set[int]:
    """Which segments must stay, for something in them cannot be read just now."""
    kept, found, left = list[Held](), list[bytes](), set[int]()
    for one in held:
        try:
            found.append(pictures.read(Place(one.segment, one.offset, one.length), bytes(one.digest)))
        except PictureOutOfReach:
            left.add(one.segment)
            continue
        except PictureError:
            continue  # damaged where it lies: nothing there is worth keeping, the row stays and says so when asked
        kept.append(one)
    ids, times = _columns(one.key for one in kept)
    places = writer.append(found)
    segment_numbers, offsets = [place.segment for place in places], [place.offset for place in places]
    database.execute_sql(MOVE, (ids, times, segment_numbers, offsets, [one.segment for one in kept]))
    return left


@contextmanager
def _claimed(pictures: PictureStore, numbers: Sequence[int]) -> Iterator[list[int]]:
    """Those of these segments that nobody appends to, nor can within the block."""
    with ExitStack() as stack:
        yield [number for number in numbers if stack.enter_context(pictures.claimed(number))]


def _held(numbers: Sequence[int]) -> list[Held]:
    """What alerts refer to in these segments, in the order in which it lies there."""
    return [Held._make(row) for row in database.execute_sql(HELD, (list(numbers),)).fetchall()] if numbers else []


def _old(before: datetime, after: Key) -> list[Key]:
    """The next alerts with pictures that opened before a moment, oldest first."""
    last_id, last_at = after
    rows = database.execute_sql(OLD, (before, last_at, last_at, str(last_id), KEYS_AT_ONCE)).fetchall()
    return [(alert_id, opened_at) for alert_id, opened_at in rows]


def _forget(keys: Sequence[Key]) -> int:
    for some in _parts(keys, CHUNK):
        database.execute_sql(FORGET, _columns(some))
    return len(keys)


def _columns(keys: Iterable[Key]) -> tuple[list[str], list[datetime]]:
    some = list(keys)
    return [str(alert_id) for alert_id, _ in some], [opened_at for _, opened_at in some]


def _scans(some: Iterable[StoredSegment | Segment]) -> Iterator[list[int]]:
    """The numbers of segments, as many together as fit into one scan."""
    numbers, size = list[int](), 0
    for segment in some:
        if numbers and size + segment.size > SCANNED_AT_ONCE:
            yield numbers
            numbers, size = [], 0
        numbers.append(segment.number)
        size += segment.size
    if numbers:
        yield numbers


def _parts(some: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (some[start : start + size] for start in range(0, len(some), size))
