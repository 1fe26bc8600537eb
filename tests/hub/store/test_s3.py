"""Pictures in a bucket, against an S3 server on this machine: the same promises as files keep."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from botocore.exceptions import ClientError
from peewee import PostgresqlDatabase

from edge.wire.codec import encode
from edge.wire.messages import Visit
from hub.errors import SettingsError
from hub.ingest.commit import Committer
from hub.ingest.sorting import Incoming, sort
from hub.settings import Settings
from hub.store import alerts, picture_retention
from hub.store.errors import PictureError
from hub.store.partitions import Months
from hub.store.picture_place import pictures_of
from hub.store.pictures import Place
from hub.store.s3 import BucketError, S3Pictures
from hub.store.visits import VisitRow, store_visits

moto_server = pytest.importorskip("moto.server", reason="moto[s3] and flask-cors are not installed")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BUCKET = "watchpost-pictures"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = moto_server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def pictures(
    endpoint: str, database: PostgresqlDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[S3Pictures]:
    """An empty bucket, found through the settings."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")
    url = f"s3://{BUCKET}/hub?endpoint={endpoint}&region=us-east-1"
    settings = Settings.from_env({"WATCHPOST_DATA_DIR": str(tmp_path), "WATCHPOST_PICTURES_URL": url})
    found = pictures_of(settings)
    assert isinstance(found, S3Pictures)
    found.client.create_bucket(Bucket=BUCKET)
    database.execute_sql("ALTER SEQUENCE picture_segment RESTART")
    yield found
    for item in found.client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        found.client.delete_object(Bucket=BUCKET, Key=item["Key"])
    found.client.delete_bucket(Bucket=BUCKET)


def digest(picture: bytes) -> bytes:
    return sha256(picture).digest()


def stored(number: int, place: Place, picture: bytes) -> None:
    Months().ensure([NOW], NOW)
    box = (0.0, 0.0, 1.0, 1.0)
    store_visits([VisitRow(UUID(int=number), NOW, None, NOW, 1, "door", 1, 0.5, box, place, digest(picture))])


def test_every_picture_is_read_back_and_checked(pictures: S3Pictures) -> None:
    writer = pictures.writer()
    places = writer.append([b"first", b"second"]) + writer.append([b"third"])
    assert places == [Place(1, 0, 5), Place(1, 5, 6), Place(2, 0, 5)]
    for place, picture in zip(places, (b"first", b"second", b"third"), strict=True):
        assert pictures.read(place, digest(picture)) == picture
    assert [(part.number, part.size) for part in pictures.segments()] == [(1, 11), (2, 5)]
    with pytest.raises(PictureError, match="damaged"):
        pictures.read(Place(1, 0, 4), digest(b"first"))
    with pytest.raises(PictureError, match="NoSuchKey"):
        pictures.read(Place(9, 0, 4), digest(b"first"))


def test_what_a_restored_database_numbers_again_is_not_written_over(
    pictures: S3Pictures, database: PostgresqlDatabase
) -> None:
    writer = pictures.writer()
    kept = [writer.append([b"kept %d" % number])[0] for number in range(3)]
    database.execute_sql("ALTER SEQUENCE picture_segment RESTART")
    (fresh,) = pictures.writer().append([b"fresh"])
    assert fresh.segment > 3
    assert pictures.writer().append([b"next"])[0].segment > fresh.segment
    assert pictures.read(kept[0], digest(b"kept 0")) == b"kept 0"
    assert pictures.read(fresh, digest(b"fresh")) == b"fresh"


def test_an_alert_is_stored_only_when_its_picture_is(pictures: S3Pictures, endpoint: str) -> None:
    picture = b"\xff\xd8 \xff\xd9"
    visit = Visit(UUID(int=1), "1", NOW, None, 1, 0.9, (1.0, 2.0, 3.0, 4.0), picture, digest(picture), 0)
    batch = sort([Incoming("watchpost/v1/door/visit", encode(visit), NOW)], {1: "door"}.get)
    with pytest.raises(BucketError, match="NoSuchBucket"):
        Committer(replace(pictures, bucket="another")).commit(batch, NOW)
    assert alerts.one(UUID(int=1)) is None
    Committer(pictures).commit(batch, NOW)
    found = alerts.one(UUID(int=1))
    assert found is not None
    assert found.place is not None
    assert pictures.read(found.place, digest(picture)) == picture


def test_retention_forgets_and_compacts_what_is_settled(pictures: S3Pictures) -> None:
    writer = pictures.writer()
    for number in range(1, 5):
        some = [b"%d" % number * 1000, b"hole" * 500]
        stored(number, writer.append(some)[0], some[0])
    assert picture_retention.compact(pictures) == 0
    settled = replace(pictures, settled=timedelta(0))
    assert picture_retention.compact(settled) == 3
    for number in range(1, 5):
        found = alerts.one(UUID(int=number))
        assert found is not None
        assert found.place is not None
        assert pictures.read(found.place, digest(b"%d" % number * 1000)) == b"%d" % number * 1000
    assert [part.size for part in pictures.segments()] == [3000, 3000]  # the last as it was, the others in one
    assert picture_retention.forget_pictures(settled, 3000) == 1
    assert sum(part.size for part in pictures.segments()) <= 3000
    assert [alerts.one(UUID(int=n)).place is None for n in range(1, 5)].count(True) == 1  # type: ignore[union-attr]


@pytest.mark.parametrize(("code", "kept"), [("SlowDown", True), ("AccessDenied", True), ("NoSuchKey", False)])
def test_what_the_bucket_does_not_give_just_now_is_kept(
    pictures: S3Pictures, monkeypatch: pytest.MonkeyPatch, code: str, kept: bool
) -> None:
    writer = pictures.writer()
    for number in range(1, 4):
        some = [b"%d" % number * 1000, b"hole" * 500]
        stored(number, writer.append(some)[0], some[0])
    settled = replace(pictures, settled=timedelta(0))

    def refused(**_: object) -> None:
        raise ClientError({"Error": {"Code": code}}, "GetObject")

    monkeypatch.setattr(settled.client, "get_object", refused)
    assert picture_retention.compact(settled) == (0 if kept else 2)
    monkeypatch.undo()
    assert len(pictures.segments()) == (3 if kept else 1)


def test_a_bucket_out_of_reach_is_one_line(pictures: S3Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    away = S3Pictures.at(f"s3://{BUCKET}?endpoint=http://127.0.0.1:9&region=us-east-1")
    monkeypatch.setattr(away.client.meta.config, "retries", {"total_max_attempts": 1})
    with pytest.raises(BucketError, match="does not answer: EndpointConnectionError"):
        away.writer().append([b"x"])
    with pytest.raises(PictureError, match="does not answer"):
        away.read(Place(1, 0, 1), digest(b"x"))


@pytest.mark.parametrize("url", ["http://bucket", "s3://", "s3://UPPER", "s3://bucket?key=secret"])
def test_a_bad_address_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="expected s3://bucket"):
        Settings.from_env({"WATCHPOST_PICTURES_URL": url})
