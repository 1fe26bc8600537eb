"""What is forgotten, and that nothing else is: alerts by age, pictures by room, holes by rewriting."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from uuid import UUID

import psycopg2
import pytest
from peewee import OperationalError, PostgresqlDatabase

from hub.store import alerts, latest_pictures, listing, picture_retention, retention
from hub.store.errors import PictureOutOfReach
from hub.store.partitions import Months, create_month, drop_month, existing_months
from hub.store.pictures import Place
from hub.store.segments import SegmentFiles, SegmentWriter, read_picture, segment_numbers
from hub.store.visits import VisitRow, store_visits

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def row(number: int, opened_at: datetime, closed: bool = False) -> VisitRow:
    return VisitRow(
        id=UUID(int=number),
        opened_at=opened_at,
        closed_at=opened_at if closed else None,
        received_at=opened_at,
        camera_id=number % 2 + 1,
        device_id="door",
        faces=1,
        score=0.5,
        box=(0.0, 0.0, 1.0, 1.0),
        place=None,
        picture_sha256=None,
    )


def stored(*rows: VisitRow) -> None:
    Months().ensure((item.opened_at for item in rows), NOW)
    store_visits(rows)


def listed() -> list[int]:
    page = listing.page(listing.Wanted(), 200, None)
    return [item.id.int for item in page.rows]


def counted(database: PostgresqlDatabase) -> tuple[int, int]:
    rollup = database.execute_sql("SELECT coalesce(sum(alerts), 0)::int FROM alert_hour").fetchone()[0]
    real = database.execute_sql("SELECT count(*)::int FROM alert").fetchone()[0]
    return rollup, real


@pytest.fixture
def months(database: PostgresqlDatabase) -> Iterator[None]:
    """Partitions of earlier tests are gone, and those of this one will be."""
    _drop_all()
    yield
    _drop_all()


def _drop_all() -> None:
    for month in existing_months():
        drop_month(month)


def test_alerts_go_by_age_and_the_counts_with_them(database: PostgresqlDatabase, months: None) -> None:
    stored(*(row(number, NOW - timedelta(days=number)) for number in range(1, 100)))
    stored(row(500, datetime(1970, 1, 1, tzinfo=UTC)), row(501, NOW + timedelta(days=300)))
    dropped = retention.forget_alerts(NOW - timedelta(days=30))
    assert dropped == 2
    assert listed() == [501, *range(1, 31)]
    assert counted(database) == (31, 31)


def test_rows_of_a_late_month_move_out_of_the_default_partition(database: PostgresqlDatabase, months: None) -> None:
    early = datetime(2027, 3, 5, tzinfo=UTC)
    stored(row(1, early), row(2, NOW), row(3, early + timedelta(days=40)))
    assert database.execute_sql("SELECT count(*) FROM alert_other").fetchone() == (2,)
    assert database.execute_sql("SELECT sum(alerts)::int FROM alert_hour_other").fetchone() == (2,)
    create_month(datetime(2027, 3, 1, tzinfo=UTC))
    create_month(datetime(2027, 3, 1, tzinfo=UTC))
    assert database.execute_sql("SELECT alerts::int FROM alert_hour_2027_03").fetchall() == [(1,)]
    assert database.execute_sql("SELECT count(*) FROM alert_other").fetchone() == (1,)
    assert database.execute_sql("SELECT id FROM alert_2027_03").fetchall() == [(UUID(int=1),)]
    assert listed() == [3, 1, 2]
    assert counted(database) == (3, 3)
    stored(replace(row(1, early, closed=True)))
    assert counted(database) == (3, 3)


def with_pictures(directory: Path, numbers: list[int], segment_bytes: int) -> dict[int, bytes]:
    """One visit each, every picture 1000 bytes."""
    writer = SegmentWriter(directory, segment_bytes)
    pictures = {number: Random(number).randbytes(1000) for number in numbers}
    for number, picture in pictures.items():
        (place,) = writer.append([picture])
        stored(replace(row(number, NOW), place=place, picture_sha256=sha256(picture).digest()))
    writer.close()
    return pictures


def test_the_oldest_pictures_go_when_there_is_too_little_room(
    database: PostgresqlDatabase, months: None, tmp_path: Path
) -> None:
    pictures = with_pictures(tmp_path, list(range(1, 21)), 4000)
    assert segment_numbers(tmp_path) == [1, 2, 3, 4, 5]
    assert picture_retention.forget_pictures(SegmentFiles(tmp_path), 9000) == 3
    assert segment_numbers(tmp_path) == [4, 5]
    for number, picture in pictures.items():
        alert = alerts.one(UUID(int=number))
        assert alert is not None
        assert (alert.place is None) == (number <= 12)
        if alert.place is not None and alert.picture_sha256 is not None:
            assert read_picture(tmp_path, alert.place, alert.picture_sha256) == picture
    assert len(listed()) == 20


def test_holes_are_closed_and_no_picture_is_lost(database: PostgresqlDatabase, months: None, tmp_path: Path) -> None:
    pictures = with_pictures(tmp_path, list(range(1, 41)), 10_000)
    gone = [number for number in pictures if number % 4]
    database.execute_sql("DELETE FROM alert WHERE id = ANY(%s::uuid[])", ([str(UUID(int=n)) for n in gone],))
    assert picture_retention.compact(SegmentFiles(tmp_path)) == 3
    for number in set(pictures) - set(gone):
        assert read(tmp_path, number) == pictures[number]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 20_000


def read(directory: Path, number: int) -> bytes:
    """The picture of an alert, from where its row says."""
    alert = alerts.one(UUID(int=number))
    assert alert is not None
    assert alert.place is not None
    assert alert.picture_sha256 is not None
    return read_picture(directory, alert.place, alert.picture_sha256)


class SomeOutOfReach(SegmentFiles):
    """A disk that cannot read two of its segments just now."""

    def read(self, place: Place, digest: bytes) -> bytes:
        if place.segment in (2, 3):
            raise PictureOutOfReach(f"segment {place.segment} cannot be read: Input/output error")
        return super().read(place, digest)


def test_what_cannot_be_read_just_now_is_kept_for_another_time(
    database: PostgresqlDatabase, months: None, tmp_path: Path
) -> None:
    pictures = with_pictures(tmp_path, list(range(1, 41)), 10_000)
    before = segment_numbers(tmp_path)
    gone = [number for number in pictures if number % 4]
    database.execute_sql("DELETE FROM alert WHERE id = ANY(%s::uuid[])", ([str(UUID(int=n)) for n in gone],))
    assert picture_retention.compact(SomeOutOfReach(tmp_path)) == len(before) - 3
    assert {2, 3} <= set(segment_numbers(tmp_path))
    for number in set(pictures) - set(gone):
        assert read(tmp_path, number) == pictures[number]
    assert picture_retention.compact(SegmentFiles(tmp_path)) > 0


def test_many_segments_are_looked_through_together(
    database: PostgresqlDatabase, months: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_pictures(tmp_path, list(range(1, 41)), 4000)
    asked: list[str] = []
    real = database.execute_sql
    monkeypatch.setattr(database, "execute_sql", lambda sql, *rest: asked.append(sql) or real(sql, *rest))
    assert picture_retention.forget_pictures(SegmentFiles(tmp_path), 1) == 9
    assert asked.count(picture_retention.HELD) == 1
    monkeypatch.setattr(picture_retention, "KEYS_AT_ONCE", 7)
    assert picture_retention.forget_pictures_before(NOW + timedelta(days=1)) == 4


def test_a_month_is_not_waited_for_while_somebody_reads_all(
    database: PostgresqlDatabase, database_url: str, months: None
) -> None:
    create_month(datetime(2026, 9, 1, tzinfo=UTC))
    with closing(psycopg2.connect(database_url)) as dump, dump.cursor() as cursor:
        cursor.execute("LOCK TABLE alert, alert_2026_09, alert_other IN ACCESS SHARE MODE")
        for change in (drop_month, create_month):
            with pytest.raises(OperationalError, match="lock timeout"):
                change(datetime(2026, 9 if change is drop_month else 8, 1, tzinfo=UTC))
    drop_month(datetime(2026, 9, 1, tzinfo=UTC))
    assert existing_months() == []


def test_the_latest_picture_is_one_of_the_newest_alerts(database: PostgresqlDatabase, months: None) -> None:
    place = {"place": Place(1, 0, 10), "picture_sha256": bytes(32)}
    stored(replace(row(1, NOW - timedelta(days=1)), **place), *(row(2 * n + 1, NOW) for n in range(1, 40)))
    found = latest_pictures.of_cameras([1, 2])
    assert found == {2: {"url": f"/api/alerts/{UUID(int=1)}/snapshot?v={'0' * 16}", "taken_at": found[2]["taken_at"]}}
    stored(*(row(2 * n + 1, NOW) for n in range(40, 60)))
    assert latest_pictures.of_cameras([2]) == {}


def test_a_segment_in_use_is_left_alone(database: PostgresqlDatabase, months: None, tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path)
    writer.append([b"not yet committed"])
    with_pictures(tmp_path, [1], 10_000)
    assert segment_numbers(tmp_path) == [1, 2]
    assert picture_retention.compact(SegmentFiles(tmp_path)) == 0
    assert picture_retention.forget_pictures(SegmentFiles(tmp_path), 1) == 0
    assert segment_numbers(tmp_path) == [1, 2]


def test_alerts_go_by_room_and_the_newest_stay(database: PostgresqlDatabase, months: None) -> None:
    stored(*(row(number, NOW - timedelta(hours=number)) for number in range(1, 101)))
    assert retention.forget_alerts_beyond(1000 * retention.ALERT_BYTES) == 0
    assert len(listed()) == 100
    retention.forget_alerts_beyond(30 * retention.ALERT_BYTES)
    assert listed() == list(range(1, 31))
    assert counted(database) == (30, 30)


def test_pictures_go_by_age_and_their_bytes_with_them(
    database: PostgresqlDatabase, months: None, tmp_path: Path
) -> None:
    with_pictures(tmp_path, list(range(1, 21)), 4000)
    database.execute_sql("UPDATE alert SET closed_at = NULL")
    old = NOW - timedelta(days=40)
    Months().ensure([old], NOW)
    with_old = SegmentWriter(tmp_path, 4000)
    (place,) = with_old.append([b"old"])
    with_old.close()
    stored(replace(row(99, old), place=place, picture_sha256=sha256(b"old").digest()))
    assert picture_retention.forget_pictures_before(NOW - timedelta(days=30)) == 1
    aged = alerts.one(UUID(int=99))
    assert aged is not None
    assert aged.place is None
    assert picture_retention.forget_pictures_before(NOW - timedelta(days=30)) == 0
    assert picture_retention.forget_pictures_before(NOW + timedelta(days=1)) == 20
    assert picture_retention.compact(SegmentFiles(tmp_path)) == 5
    assert segment_numbers(tmp_path) == [6]
