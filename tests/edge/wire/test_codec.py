"""The codec: any message survives the round trip, any bytes at all give a message or a WireError and nothing else."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import cbor2
import msgspec
import pytest
from golden_messages import AT, CAMERA, CBOR, CLOSED, JSON, OPENED
from hypothesis import given
from hypothesis import strategies as st

from edge.wire import messages as m
from edge.wire.codec import CBOR_LIMIT, JSON_LIMIT, decode, decode_json, encode, encode_json
from edge.wire.errors import WireError

KINDS = (m.Visit, m.Ack, m.Desired, m.Reported, m.Command, m.Answer)
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
times = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
unit = st.floats(0, 1)
counts = st.integers(0, 2**53)
pixels = st.floats(0, 65536)


@st.composite
def visits(draw: st.DrawFn) -> m.Visit:
    picture, opened = draw(st.binary(max_size=500)), draw(times)
    closed = draw(st.none() | times.map(lambda at: max(at, opened)))
    box = draw(st.tuples(pixels, pixels, pixels, pixels))
    digest = sha256(picture).digest()
    faces, score = draw(st.integers(1, 1000)), draw(unit)
    return m.Visit(draw(st.uuids()), draw(ids), opened, closed, faces, score, box, picture, digest, draw(counts))


polygons = st.lists(st.lists(st.tuples(unit, unit), min_size=3, max_size=5).map(tuple), max_size=3).map(tuple)
settings_ = st.builds(
    m.CameraSettings,
    st.floats(0.2, 30),
    st.integers(8, 4096),
    unit,
    st.floats(0, 3600),
    st.floats(0, 86400),
    polygons,
    polygons,
    st.sampled_from(m.BoxStyle),
    text,
)
cameras = st.builds(m.CameraDesired, ids, text, text, st.booleans(), st.booleans(), settings_)
desired = st.builds(
    m.Desired,
    counts,
    st.lists(cameras, max_size=3).map(tuple),
)
reports = st.builds(
    m.CameraReported,
    ids,
    st.sampled_from(m.CameraState),
    times,
    text,
    st.sampled_from(m.StreamState),
    counts,
    counts,
    st.floats(0, 1000),
    text,
)
reported = st.builds(m.Reported, counts, text, st.lists(reports, max_size=3).map(tuple))
acks = st.builds(m.Ack, st.lists(st.builds(m.Committed, st.uuids(), counts), max_size=20).map(tuple))
commands = st.builds(m.Command, st.uuids(), st.sampled_from(m.Action), text, text)
details = st.dictionaries(text, text | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False))
answers = st.builds(m.Answer, st.uuids(), text, st.binary(max_size=99), details)


@given(visits() | desired | reported | acks | commands | answers)
def test_any_message_comes_back_the_same(message: Any) -> None:
    assert decode(type(message), encode(message)) == message


@given(st.builds(m.Status, st.booleans(), times, text))
def test_any_status_comes_back_the_same(status: m.Status) -> None:
    assert decode_json(m.Status, encode_json(status)) == status


@given(st.sampled_from(KINDS), st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_wire_error(kind: type[Any], payload: bytes) -> None:
    with suppress(WireError):
        assert isinstance(decode(kind, payload), kind)


@given(st.sampled_from(sorted(CBOR)), st.data())
def test_damaged_messages_never_raise_anything_else(name: str, data: st.DataObject) -> None:
    payload = bytearray(encode(CBOR[name]))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(payload)))
    for candidate in (bytes(payload), bytes(payload[:cut])):
        with suppress(WireError):
            decode(type(CBOR[name]), candidate)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.binary(max_size=9) | times,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=10,
)


@given(st.sampled_from(sorted(CBOR)), st.data())
def test_mistyped_fields_never_raise_anything_else(name: str, data: st.DataObject) -> None:
    message = CBOR[name]
    fields = msgspec.to_builtins(message, builtin_types=(bytes, datetime))
    fields[data.draw(st.sampled_from(sorted(fields)))] = data.draw(plain)
    with suppress(WireError):
        decode(type(message), cbor2.dumps(fields))


@given(st.sampled_from((m.Status, m.Health)), st.binary(max_size=200) | plain.map(lambda p: repr(p).encode()))
def test_any_json_bytes_are_a_message_or_a_wire_error(kind: type[Any], payload: bytes) -> None:
    with suppress(WireError):
        decode_json(kind, payload)


HOSTILE = {
    "empty": b"",
    "left over": encode(OPENED) + b"\0",
    "a list": cbor2.dumps([1, 2]),
    "deep": b"\x81" * 100_000,
    "a cycle": b"\xd8\x1c\x81\xd8\x1d\x00",
    "a huge array": b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
    "a huge string": b"\x5b\x00\x00\x7f\xff\xff\xff\xff\xff",
    "a huge exponent": bytes.fromhex("c5821b7fffffffffffffff03"),
    "an empty regular expression": b"\xd8\x23\x61(",
    "self-described and a tuple as key": b"\xd9\xd9\xf7\xa1\x80\x01",
    "one key twice": b"\xa2\x68revision\x01\x68revision\x02",
    "too long": b"\x5a" + (CBOR_LIMIT + 1).to_bytes(4, "big") + bytes(CBOR_LIMIT + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_cbor_is_refused(name: str) -> None:
    for kind in KINDS:
        with pytest.raises(WireError):
            decode(kind, HOSTILE[name])


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"nul", b"\xff", b"[" * 100_000, b" " * (JSON_LIMIT + 1), b'{"online":true,"since":1,"version":""}'],
    ids=["empty", "a list", "half a word", "not UTF-8", "deep", "too long", "a number for a time"],
)
def test_hostile_json_is_refused(payload: bytes) -> None:
    with pytest.raises(WireError):
        decode_json(m.Status, payload)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("score", float("nan")),
        ("score", 1.01),
        ("faces", 0),
        ("faces", True),
        ("box", (0.0, 0.0, float("nan"), 1.0)),
        ("box", (0.0, 0.0, float("inf"), 1.0)),
        ("box", (0.0, 0.0, -1.0, 1.0)),
        ("sequence", -1),
        ("sequence", 2**53 + 1),
        ("camera", ""),
        ("camera", "../../etc"),
        ("camera", "7\n"),
        ("picture", "not bytes"),
        ("opened_at", "2025-01-01T00:00:00"),
    ],
)
def test_a_wrong_value_names_its_field(field: str, value: object) -> None:
    plain = msgspec.to_builtins(CLOSED, builtin_types=(bytes, datetime)) | {field: value}
    with pytest.raises(WireError) as caught:
        decode(m.Visit, cbor2.dumps(plain))
    assert caught.value.field.startswith(field)


def test_a_picture_that_is_not_its_sha256_is_refused() -> None:
    with pytest.raises(WireError, match="picture_sha256"):
        decode(m.Visit, encode(replace(OPENED, picture=OPENED.picture + b"x")))


def test_a_visit_that_ends_before_it_began_is_refused() -> None:
    with pytest.raises(WireError, match="closed_at"):
        decode(m.Visit, encode(replace(OPENED, closed_at=AT - timedelta(seconds=1))))


def test_times_that_are_not_utc_are_refused() -> None:
    local = CLOSED.opened_at.astimezone(timezone(timedelta(hours=2)))
    plain = msgspec.to_builtins(CLOSED, builtin_types=(bytes, datetime)) | {"opened_at": local.isoformat()}
    with pytest.raises(WireError, match="opened_at: not in UTC"):
        decode(m.Visit, cbor2.dumps(plain))


@pytest.mark.parametrize("name", ["half \ud800", "zero \0"])
def test_text_that_no_database_keeps_is_refused(name: str) -> None:
    payload = json.dumps({"online": True, "since": "2025-01-01T00:00:00Z", "version": name}).encode()
    with pytest.raises(WireError, match="version"):
        decode_json(m.Status, payload)


def test_nested_nan_is_refused() -> None:
    camera = {"id": "7", "frames": 1, "dropped": 0, "inferences": 0, "inference_ms": float("nan")}
    health = json.loads(encode_json(JSON["health"])) | {"cameras": [camera]}
    with pytest.raises(WireError, match="inference_ms"):
        decode_json(m.Health, json.dumps(health).encode())


def test_unknown_keys_are_ignored_so_that_the_contract_can_grow() -> None:
    plain = {"revision": 3, "cameras": [], "invented_later": {"x": 1}}
    assert decode(m.Desired, cbor2.dumps(plain)) == m.Desired(3)


def test_secrets_do_not_show_in_representations() -> None:
    assert "pass" not in repr(m.Desired(1, (CAMERA,)))
    assert "probe-me" not in repr(m.Command(CLOSED.visit_id, m.Action.PROBE, url="rtsp://probe-me"))
