"""RTSP 1.0 on the wire (RFC 2326): bytes to requests and interleaved frames, answers to bytes; no sockets here."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from hub.media.relay.errors import RtspError

HEAD_LIMIT = 16 * 1024
BODY_LIMIT = 64 * 1024
REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    415: "Unsupported Media Type",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Interleaved:
    """One binary frame on an RTSP connection: RTP or RTCP on its channel."""

    channel: int
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RtspRequest:
    """One request; header names are lower case."""

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def cseq(self) -> str:
        return self.headers.get("cseq", "0")

    @property
    def path(self) -> str:
        """The stream's name: the path of the URL without slashes around it."""
        return unquote(urlsplit(self.url).path).strip("/")

    @property
    def query(self) -> str:
        return urlsplit(self.url).query

    @property
    def token(self) -> str:
        """A token given as `?token=`, which RTSP clients use because their passwords are cut at 127 bytes."""
        return parse_qs(self.query).get("token", [""])[0]

    @property
    def credentials(self) -> tuple[str, str]:
        """User and password of Basic authentication, empty when absent or damaged."""
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:  # not base64, not ASCII, or not UTF-8 within
            return "", ""
        return user, password


@dataclass(frozen=True, slots=True)
class RtspResponse:
    """One answer; CSeq and Content-Length are added when it is written."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def encode(self, cseq: str) -> bytes:
        lines = [f"RTSP/1.0 {self.status} {REASONS.get(self.status, 'Error')}", f"CSeq: {cseq}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [f"Content-Length: {len(self.body)}"] if self.body else []
        return "\r\n".join([*lines, "", ""]).encode() + self.body


class RtspParser:
    """Bytes in any pieces in, whole messages out; RtspError ends the connection."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[RtspRequest | Interleaved]:
        """Every message that is whole by now."""
        self._buffer += data
        while (message := self._next()) is not None:
            yield message

    def _next(self) -> RtspRequest | Interleaved | None:
        while self._buffer[:2] == b"\r\n":
            del self._buffer[:2]
        if self._buffer[:1] == b"$":
            return self._next_interleaved()
        return self._next_request() if self._buffer else None

    def _next_interleaved(self) -> Interleaved | None:
        end = 4 + int.from_bytes(self._buffer[2:4], "big")
        if len(self._buffer) < max(4, end):
            return None
        frame = Interleaved(self._buffer[1], bytes(self._buffer[4:end]))
        del self._buffer[:end]
        return frame

    def _next_request(self) -> RtspRequest | None:
        head_end = self._buffer.find(b"\r\n\r\n", 0, HEAD_LIMIT)
        if head_end < 0:
            if len(self._buffer) >= HEAD_LIMIT:
                raise RtspError("headers too long")
            return None
        method, url, headers = _parse_head(bytes(self._buffer[:head_end]))
        body_start = head_end + 4
        end = body_start + _body_length(headers)
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[body_start:end])
        del self._buffer[:end]
        return RtspRequest(method, url, headers, body)


def _parse_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    try:
        first, *lines = head.decode().split("\r\n")
    except UnicodeDecodeError as error:
        raise RtspError("headers are not text") from error
    words = first.split(" ")
    if len(words) != 3 or words[2] != "RTSP/1.0" or not words[0].isascii() or not words[0].isalpha():
        raise RtspError("not an RTSP request")
    _check_url(words[1])
    pairs = (line.partition(":") for line in lines)
    return words[0], words[1], {name.strip().lower(): value.strip() for name, _, value in pairs}


def _check_url(url: str) -> None:
    try:
        urlsplit(url)
    except ValueError as error:
        raise RtspError("not a URL") from error


def _body_length(headers: dict[str, str]) -> int:
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()) or int(text[:9]) > BODY_LIMIT or len(text) > 9:
        raise RtspError("bad Content-Length")
    return int(text)
