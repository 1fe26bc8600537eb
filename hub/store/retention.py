"""What is forgotten: alerts past their time, pictures past their room, and the holes that both leave in segments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from hub.store.errors import PictureError
from hub.store.models import database
from hub.store.partitions import drop_month, existing_months, next_month
from hub.store.segments import Place, SegmentWriter, claimed, read_picture, segment_numbers, segment_path

CHUNK = 5000
MOVED_AT_ONCE = 100
LIVE = "SELECT picture_segment, sum(picture_length)::bigint FROM alert WHERE picture_segment IS NOT NULL GROUP BY 1"
WORTH_IT = 0.5  # a segment is rewritten when less than this part of it is still referred to


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment on the disk: its size, and how much of it alerts refer to."""

    number: int
    size: int
    live: int


def forget_alerts(before: datetime) -> int:
    """Remove alerts that opened before a moment: whole months are dropped, the rest goes by rows; how many months."""
    months = [month for month in existing_months() if next_month(month) <= before]
    for month in months:
        drop_month(month)
    while _forget_chunk(before) == CHUNK:
        pass
    return len(months)


def segments(pictures: Path) -> list[Segment]:
    """Every segment, oldest first."""
    live = dict(database.execute_sql(LIVE).fetchall())
    numbers = segment_numbers(pictures)
    return [Segment(number, segment_path(pictures, number).stat().st_size, live.get(number, 0)) for number in numbers]


def forget_pictures(pictures: Path, room: int) -> int:
    """Remove the oldest segments until the rest fits into `room` bytes; their alerts stay, without picture."""
    every = segments(pictures)
    excess = sum(segment.size for segment in every) - room
    gone = []
    for segment in every[:-1]:
        if excess <= 0:
            break
        gone.append(segment.number)
        excess -= segment.size
    return _remove(pictures, gone)


def compact(pictures: Path) -> int:
    """Rewrite segments that are mostly holes, remove those that nobody refers to; how many files went."""
    removed = 0
    for segment in segments(pictures)[:-1]:
        if segment.live >= segment.size * WORTH_IT:
            continue
        with claimed(pictures, segment.number) as ours:
            if ours:
                _move(pictures, segment.number)
                segment_path(pictures, segment.number).unlink()
                removed += 1
    return removed


def _forget_chunk(before: datetime) -> int:
    cursor = database.execute_sql(
        "DELETE FROM alert WHERE (id, opened_at) IN "
        f"(SELECT id, opened_at FROM alert WHERE opened_at < %s ORDER BY opened_at LIMIT {CHUNK})",
        (before,),
    )
    return int(cursor.rowcount)


def _remove(pictures: Path, numbers: Iterable[int]) -> int:
    """Rows first: whoever reads a row finds its picture, or none named."""
    removed = 0
    for number in numbers:
        with claimed(pictures, number) as ours:
            if ours:
                database.execute_sql(
                    "UPDATE alert SET picture_segment = NULL, picture_offset = NULL, picture_length = NULL, "
                    "picture_sha256 = NULL WHERE picture_segment = %s",
                    (number,),
                )
                segment_path(pictures, number).unlink()
                removed += 1
    return removed


def _move(pictures: Path, number: int) -> None:
    """Append what a segment still holds to another one, and point the rows there."""
    rows = database.execute_sql(
        "SELECT id, opened_at, picture_offset, picture_length, picture_sha256 FROM alert WHERE picture_segment = %s",
        (number,),
    ).fetchall()
    writer = SegmentWriter(pictures)
    try:
        for start in range(0, len(rows), MOVED_AT_ONCE):
            _move_some(pictures, number, rows[start : start + MOVED_AT_ONCE], writer)
    finally:
        writer.close()


def _move_some(
    pictures: Path, number: int, rows: list[tuple[UUID, datetime, int, int, bytes]], writer: SegmentWriter
) -> None:
    kept = []
    for alert_id, opened_at, offset, length, digest in rows:
        try:
            kept.append((alert_id, opened_at, read_picture(pictures, Place(number, offset, length), bytes(digest))))
        except PictureError:
            continue  # damaged on the disk: nothing there is worth keeping, the row stays and says so when asked
    places = writer.append([picture for _, _, picture in kept])
    database.execute_sql(
        "UPDATE alert SET picture_segment = moved.segment, picture_offset = moved.place "
        "FROM unnest(%s::uuid[], %s::timestamptz[], %s::int[], %s::bigint[]) AS moved (id, opened_at, segment, place) "
        "WHERE alert.id = moved.id AND alert.opened_at = moved.opened_at AND alert.picture_segment = %s",
        (
            [str(alert_id) for alert_id, _, _ in kept],
            [opened_at for _, opened_at, _ in kept],
            [place.segment for place in places],
            [place.offset for place in places],
            number,
        ),
    )
