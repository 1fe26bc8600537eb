"""Dead letters are tried again: stored once the reason is gone, kept whole while it is not."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from peewee import PostgresqlDatabase

from edge.wire.codec import encode
from edge.wire.messages import Committed, Visit
from hub.ingest.commit import Committer
from hub.ingest.replay import replay
from hub.ingest.sorting import Incoming, sort
from hub.store import alerts, dead_letters, listing
from hub.store.models import Camera, Device
from hub.store.segments import SegmentFiles

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_a_letter_becomes_an_alert_once_its_camera_is_there(database: PostgresqlDatabase, tmp_path: Path) -> None:
    picture = b"\xff\xd8 \xff\xd9"
    visit = Visit(UUID(int=1), "1", NOW, None, 1, 0.9, (1.0, 2.0, 3.0, 4.0), picture, sha256(picture).digest(), 0)
    committer = Committer(SegmentFiles(tmp_path), reserve_bytes=0)
    committer.commit(sort([Incoming("watchpost/v1/door/visit", encode(visit), NOW)], {}.get), NOW)
    (letter,) = dead_letters.listing(10)
    assert replay(letter.id, committer) == "camera: 1 is not a camera of door"
    assert [kept.id for kept in dead_letters.listing(10)] == [letter.id]
    Device.create(id="door", name="Door", state="approved", created_at=NOW, force_insert=True)
    Camera.create(name="Door", source_url_sealed=b"", device="door", created_at=NOW, updated_at=NOW)
    assert replay(letter.id, committer) == ""
    assert dead_letters.listing(10) == []
    found = alerts.one(UUID(int=1))
    assert found is not None
    assert (found.camera_id, found.device_id) == (1, "door")
    assert replay(letter.id, committer) == "there is no such letter"


def test_a_visit_that_the_database_refuses_does_not_hold_up_the_others(
    database: PostgresqlDatabase, tmp_path: Path
) -> None:
    picture = b"\xff\xd8 \xff\xd9"

    def visit(number: int, faces: int) -> bytes:
        box = (1.0, 2.0, 3.0, 4.0)
        return encode(Visit(UUID(int=number), "1", NOW, None, faces, 0.9, box, picture, sha256(picture).digest(), 0))

    messages = [Incoming("watchpost/v1/door/visit", visit(number, 1), NOW) for number in (1, 2, 3)]
    batch = sort(messages, {1: "door"}.get)
    object.__setattr__(batch.visits[1].visit, "faces", 0)  # what the wire would never let through, a CHECK refuses
    Committer(SegmentFiles(tmp_path), reserve_bytes=0).commit(batch, NOW)
    assert {row.id.int for row in listing.page(listing.Wanted(), 10, None).rows} == {1, 3}
    (letter,) = dead_letters.listing(10)
    assert letter.reason.startswith("the database refuses it")


def test_a_picture_without_room_comes_later(database: PostgresqlDatabase, tmp_path: Path) -> None:
    picture = b"\xff\xd8 \xff\xd9"
    visit = Visit(UUID(int=1), "1", NOW, NOW, 1, 0.9, (1.0, 2.0, 3.0, 4.0), picture, sha256(picture).digest(), 0)
    bare = Visit(UUID(int=2), "1", NOW, NOW, 1, 0.9, (1.0, 2.0, 3.0, 4.0), b"", sha256(b"").digest(), 1)
    batch = sort([Incoming("watchpost/v1/door/visit", encode(each), NOW) for each in (visit, bare)], {1: "door"}.get)
    assert not Committer(SegmentFiles(tmp_path), reserve_bytes=2**62).commit(batch, NOW)
    assert batch.withheld() == {"door": [Committed(bare.visit_id, 1)]}
    found = alerts.one(visit.visit_id)
    assert found is not None
    assert (found.place, found.picture_sha256) == (None, None)
    files = SegmentFiles(tmp_path)
    assert Committer(files, reserve_bytes=0).commit(batch, NOW)
    found = alerts.one(visit.visit_id)
    assert found is not None
    assert found.place is not None
    assert files.read(found.place, bytes(found.picture_sha256 or b"")) == picture
    ordinal = found.ordinal
    assert Committer(files, reserve_bytes=0).commit(batch, NOW)
    assert [row.ordinal for row in listing.page(listing.Wanted(), 10, None).rows if row.id == visit.visit_id] == [
        ordinal
    ]


def test_a_letter_whose_picture_has_no_room_stays(database: PostgresqlDatabase, tmp_path: Path) -> None:
    picture = b"\xff\xd8 \xff\xd9"
    visit = Visit(UUID(int=1), "1", NOW, None, 1, 0.9, (1.0, 2.0, 3.0, 4.0), picture, sha256(picture).digest(), 0)
    committer = Committer(SegmentFiles(tmp_path), reserve_bytes=2**62)
    committer.commit(sort([Incoming("watchpost/v1/door/visit", encode(visit), NOW)], {}.get), NOW)
    (letter,) = dead_letters.listing(10)
    Device.create(id="door", name="Door", state="approved", created_at=NOW, force_insert=True)
    Camera.create(name="Door", source_url_sealed=b"", device="door", created_at=NOW, updated_at=NOW)
    assert replay(letter.id, committer).startswith("there is no room")
    assert [kept.id for kept in dead_letters.listing(10)] == [letter.id]
