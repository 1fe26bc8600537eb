"""Bytes to messages and back: CBOR (RFC 8949) maps, JSON for what any tool should read; decoders raise only WireError.

Times travel as CBOR tag 1 (seconds since 1970), ids as tag 37 (UUID), pictures as byte strings.
"""

import json
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from math import isfinite
from typing import Any, TypeVar
from uuid import UUID

import cbor2
import msgspec

from edge.wire.errors import WireError
from edge.wire.messages import Ack, Answer, Command, Desired, Health, Reported, Selftest, Status, Visit

Message = Ack | Answer | Command | Desired | Reported | Visit
JsonMessage = Health | Selftest | Status
M = TypeVar("M", bound=Message)
J = TypeVar("J", bound=JsonMessage)
T = TypeVar("T", bound=Message | JsonMessage)

JSON_LIMIT = 64 * 1024
CBOR_LIMIT = 4 * 1024 * 1024
DEPTH_LIMIT = 16
UTC_OFFSET = timedelta(0)
HARMLESS = frozenset({bool, bytes, int, type(None), UUID})


def encode(message: Message) -> bytes:
    """The CBOR map of a message."""
    plain = msgspec.to_builtins(message, builtin_types=(bytes, datetime, UUID))
    return cbor2.dumps(plain, datetime_as_timestamp=True)


def decode(kind: type[M], payload: bytes) -> M:
    """The message that a payload holds; unknown keys are ignored so that the contract can grow."""
    message = _convert(kind, _load_cbor(payload))
    if isinstance(message, Visit):
        _check_visit(message)
    return message


def encode_json(message: JsonMessage) -> bytes:
    """The JSON object of a message that any tool may read."""
    return msgspec.json.encode(message)


def decode_json(kind: type[J], payload: bytes) -> J:
    """The message that a JSON payload holds."""
    if len(payload) > JSON_LIMIT:
        raise WireError("payload", f"{len(payload)} bytes, at most {JSON_LIMIT}")
    try:
        plain = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise WireError("payload", f"not JSON: {error}") from error
    return _convert(kind, plain)


def _load_cbor(payload: bytes) -> object:
    if len(payload) > CBOR_LIMIT:
        raise WireError("payload", f"{len(payload)} bytes, at most {CBOR_LIMIT}")
    stream = BytesIO(payload)
    try:
        strict = cbor2.CBORDecoder(
            stream,
            read_size=max(len(payload), 1),
            max_depth=DEPTH_LIMIT,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
        )
        plain: object = strict.decode()
    except (cbor2.CBORDecodeError, ValueError, OverflowError, RecursionError, TypeError) as error:
        raise WireError("payload", f"not CBOR: {error}") from error
    if stream.tell() != len(payload):
        raise WireError("payload", "bytes left over behind the CBOR map")
    return plain


def _convert(kind: type[T], plain: object) -> T:
    try:
        message = msgspec.convert(plain, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        reason, _, place = str(error).partition(" - at `$.")
        raise WireError(place.rstrip("`") or "message", reason) from error
    _check(message, kind.__name__.lower())
    return message


def _check(value: Any, place: str) -> None:
    """Refuse what the types let through and PostgreSQL, JSON or a comparison would stumble over later."""
    kind: Any = type(value)
    if kind in HARMLESS:
        return
    if kind is float:
        _refuse(not isfinite(value), place, "not a finite number")
    elif kind is tuple:
        for part in value:
            _check(part, place)
    elif isinstance(value, str):
        _refuse("\0" in value or not _is_unicode(value), place, "text with NUL or half a character")
    elif kind is datetime:
        _refuse(value.utcoffset() != UTC_OFFSET, place, "not in UTC")
    elif kind is dict:
        _check(tuple(value.items()), place)
    else:
        for name in _names(kind):
            _check(getattr(value, name), name)


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _refuse(wrong: bool, place: str, reason: str) -> None:
    if wrong:
        raise WireError(place, reason)


def _check_visit(visit: Visit) -> None:
    if sha256(visit.picture).digest() != visit.picture_sha256:
        raise WireError("picture_sha256", "does not match the picture")
    if visit.closed_at is not None and visit.closed_at < visit.opened_at:
        raise WireError("closed_at", "earlier than opened_at")
