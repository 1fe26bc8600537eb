"""Messages sorted: by example, and that no bytes whatever make sorting raise or lose a message."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from edge.wire.codec import encode, encode_json
from edge.wire.messages import Committed, Status, Visit
from hub.ingest.sorting import Incoming, PlacedVisit, merged, sort

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OWNERS = {1: "door", 2: "gate"}
PICTURE = b"\xff\xd8picture\xff\xd9"


def visit(number: int = 1, camera: str = "1", closed: bool = False, sequence: int = 0) -> Visit:
    return Visit(
        visit_id=UUID(int=number),
        camera=camera,
        opened_at=NOW,
        closed_at=NOW + timedelta(seconds=3) if closed else None,
        faces=1,
        score=0.9,
        box=(1.0, 2.0, 3.0, 4.0),
        picture=PICTURE,
        picture_sha256=sha256(PICTURE).digest(),
        sequence=sequence,
    )


def said(payload: bytes, kind: str = "visit", device: str = "door") -> Incoming:
    return Incoming(f"watchpost/v1/{device}/{kind}", payload, NOW)


def test_a_visit_belongs_to_the_device_of_the_topic() -> None:
    batch = sort([said(encode(visit(sequence=7)))], OWNERS.get)
    (placed,) = batch.visits
    assert (placed.device_id, placed.camera_id, placed.visit.sequence) == ("door", 1, 7)
    assert batch.committed == {"door": [Committed(UUID(int=1), 7)]}
    assert batch.letters == []


def test_a_foreign_camera_is_a_dead_letter_that_is_answered() -> None:
    message = said(encode(visit(camera="2", sequence=3)))
    batch = sort([message], OWNERS.get)
    (letter,) = batch.letters
    assert (letter.topic, letter.payload, letter.reason) == (
        message.topic,
        message.payload,
        "camera: 2 is not a camera of door",
    )
    assert batch.visits == []
    assert batch.committed == {"door": [Committed(UUID(int=1), 3)]}


def test_a_damaged_picture_is_answered_too() -> None:
    batch = sort([said(encode(visit()).replace(b"picture\xff\xd9", b"pictuRe\xff\xd9"))], OWNERS.get)
    assert batch.letters[0].reason == "picture_sha256: does not match the picture"
    assert batch.committed == {"door": [Committed(UUID(int=1), 0)]}


def test_reports_are_told_apart_and_nobody_speaks_for_the_hub() -> None:
    status = encode_json(Status(True, NOW, "1.0"))
    batch = sort([said(status, "status"), said(b"", "reported"), said(b"x", "ack"), said(b"{", "health")], OWNERS.get)
    assert [(item.device_id, item.report) for item in batch.reports] == [("door", Status(True, NOW, "1.0"))]
    assert [letter.reason.split(":")[0] for letter in batch.letters] == ["topic", "payload"]


@given(st.lists(st.tuples(st.sampled_from(["visit", "status", "health", "reported", "answer", "x"]), st.binary())))
def test_nothing_raises_and_nothing_is_lost(messages: list[tuple[str, bytes]]) -> None:
    incoming = [said(payload, kind) for kind, payload in messages]
    batch = sort(incoming, OWNERS.get)
    silent = sum(1 for kind, payload in messages if not payload and kind not in ("visit", "x"))
    assert len(batch.visits) + len(batch.reports) + len(batch.letters) + silent == len(messages)


@given(st.binary(max_size=400), st.integers(0, 400))
def test_a_visit_with_bytes_changed_never_raises(noise: bytes, at: int) -> None:
    whole = encode(visit())
    batch = sort([said(whole[:at] + noise + whole[at + len(noise) :])], OWNERS.get)
    assert len(batch.visits) + len(batch.letters) == 1


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=30))
def test_one_message_remains_of_each_visit_and_the_closing_wins(messages: list[tuple[int, bool]]) -> None:
    placed = [
        PlacedVisit("door", 1, visit(number, closed=closed, sequence=index), said(b""))
        for index, (number, closed) in enumerate(messages)
    ]
    kept = {item.visit.visit_id.int: item.visit for item in merged(placed)}
    assert set(kept) == {number for number, _ in messages}
    for number, message in kept.items():
        closings = [index for index, (other, closed) in enumerate(messages) if other == number and closed]
        every = [index for index, (other, _) in enumerate(messages) if other == number]
        assert message.sequence == (closings[0] if closings else every[0])
