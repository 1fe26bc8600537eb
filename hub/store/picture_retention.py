"""Which pictures are forgotten: past their time, beyond their room, before the disk is full; and the holes they leave.

Their alerts stay. Rows are always told first: whoever reads a row finds its picture, or none named. Rows are looked for
before any is written, for whoever writes alerts holds up everybody else who does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.store.errors import PictureError
from hub.store.models import database
from hub.store.pictures import PictureStore, PictureWriter, Place

CHUNK = 1000
MOVED_AT_ONCE = 100
WORTH_IT = 0.5  # a segment is rewritten when less than this part of it is still referred to
LIVE = "SELECT picture_segment, sum(picture_length)::bigint FROM alert WHERE picture_segment IS NOT NULL GROUP BY 1"
FORGET = """
UPDATE alert SET picture_segment = NULL, picture_offset = NULL, picture_length = NULL, picture_sha256 = NULL
FROM unnest(%s::uuid[], %s::timestamptz[]) AS gone (id, opened_at)
WHERE alert.id = gone.id AND alert.opened_at = gone.opened_at
"""
MOVE = """
UPDATE alert SET picture_segment = moved.segment, picture_offset = moved.place
FROM unnest(%s::uuid[], %s::timestamptz[], %s::int[], %s::bigint[]) AS moved (id, opened_at, segment, place)
WHERE alert.id = moved.id AND alert.opened_at = moved.opened_at AND alert.picture_segment = %s
"""

Key = tuple[UUID, datetime]


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
    gone = []
    for segment in pictures.segments()[:-1]:
        if needed <= 0:
            break
        gone.append(segment.number)
        needed -= segment.size
    return sum(_remove(pictures, number) for number in gone)


def forget_pictures_before(before: datetime) -> int:
    """Take the pictures of alerts that opened before a moment away; `compact` then frees their bytes. How many."""
    cursor = database.execute_sql(
        "SELECT id, opened_at FROM alert WHERE opened_at < %s AND picture_segment IS NOT NULL", (before,)
    )
    return _forget(cursor.fetchall())


def compact(pictures: PictureStore) -> int:
    """Rewrite segments that are mostly holes, remove those that nobody refers to; how many went."""
    removed = 0
    for segment in segments(pictures)[:-1]:
        if segment.live >= segment.size * WORTH_IT:
            continue
        with pictures.claimed(segment.number) as ours:
            if ours:
                _move(pictures, segment.number)
                pictures.remove(segment.number)
                removed += 1
    return removed


def _remove(pictures: PictureStore, number: int) -> bool:
    with pictures.claimed(number) as ours:
        if ours:
            rows = database.execute_sql("SELECT id, opened_at FROM alert WHERE picture_segment = %s", (number,))
            _forget(rows.fetchall())
            pictures.remove(number)
        return ours


def _forget(keys: list[Key]) -> int:
    for start in range(0, len(keys), CHUNK):
        database.execute_sql(FORGET, _columns(keys[start : start + CHUNK]))
    return len(keys)


def _move(pictures: PictureStore, number: int) -> None:
    """Append what a segment still holds to another one, and point the rows there."""
    rows = database.execute_sql(
        "SELECT id, opened_at, picture_offset, picture_length, picture_sha256 FROM alert WHERE picture_segment = %s",
        (number,),
    ).fetchall()
    writer = pictures.writer()
    try:
        for start in range(0, len(rows), MOVED_AT_ONCE):
            _move_some(pictures, number, rows[start : start + MOVED_AT_ONCE], writer)
    finally:
        writer.close()


def _move_some(
    pictures: PictureStore, number: int, rows: list[tuple[UUID, datetime, int, int, bytes]], writer: PictureWriter
) -> None:
    kept: list[Key] = []
    found: list[bytes] = []
    for alert_id, opened_at, offset, length, digest in rows:
        try:
            found.append(pictures.read(Place(number, offset, length), bytes(digest)))
        except PictureError:
            continue  # damaged where it lies: nothing there is worth keeping, the row stays and says so when asked
        kept.append((alert_id, opened_at))
    places = writer.append(found)
    ids, times = _columns(kept)
    segment_numbers, offsets = [place.segment for place in places], [place.offset for place in places]
    database.execute_sql(MOVE, (ids, times, segment_numbers, offsets, number))


def _columns(keys: Iterable[Key]) -> tuple[list[str], list[datetime]]:
    some = list(keys)
    return [str(alert_id) for alert_id, _ in some], [opened_at for _, opened_at in some]
