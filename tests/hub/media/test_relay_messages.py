"""RTSP on the wire: any pieces, same messages; hostile bytes end in RtspError."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.media.relay.errors import RtspError
from hub.media.relay.messages import BODY_LIMIT, HEAD_LIMIT, Interleaved, RtspParser, RtspRequest, RtspResponse

REQUEST = b"ANNOUNCE rtsp://host:8554/7?token=abc RTSP/1.0\r\nCSeq: 3\r\nContent-Length: 4\r\n\r\nbody"
STREAM = (
    REQUEST + b"$\x00\x00\x03rtp" + b"\r\n" + b"OPTIONS rtsp://host/7 RTSP/1.0\r\nCSeq: 4\r\n\r\n" + b"$\x01\x00\x00"
)


@given(st.lists(st.integers(1, 20), max_size=60))
def test_any_pieces_give_the_same_messages(sizes: list[int]) -> None:
    whole = list(RtspParser().feed(STREAM))
    parser, pieces, rest = RtspParser(), [], STREAM
    for size in [*sizes, len(STREAM)]:
        pieces += parser.feed(rest[:size])
        rest = rest[size:]
    assert pieces == whole
    assert [type(message) for message in whole] == [RtspRequest, Interleaved, RtspRequest, Interleaved]


@given(st.binary(max_size=300))
def test_hostile_bytes_end_in_an_error_or_nothing(data: bytes) -> None:
    parser = RtspParser()
    try:
        list(parser.feed(data + b"\r\n\r\n"))
    except RtspError:
        return


def test_a_request_tells_its_path_query_and_token() -> None:
    (request,) = RtspParser().feed(REQUEST)
    assert isinstance(request, RtspRequest)
    assert (request.method, request.path, request.query, request.token) == ("ANNOUNCE", "7", "token=abc", "abc")
    assert (request.cseq, request.body) == ("3", b"body")
    assert "abc" not in repr(request)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Basic " + base64.b64encode(b"door:a:b").decode(), ("door", "a:b")),
        ("Basic !!", ("", "")),
        ("Basic " + base64.b64encode(b"\xff").decode(), ("", "")),
        ("Digest x", ("", "")),
        ("", ("", "")),
    ],
)
def test_credentials(header: str, expected: tuple[str, str]) -> None:
    assert RtspRequest("OPTIONS", "rtsp://h/1", {"authorization": header}).credentials == expected


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"OPTIONS rtsp://[/ RTSP/1.0\r\n\r\n",
        b"\xff\xfe\r\n\r\n",
        b"x" * HEAD_LIMIT,
        b"ANNOUNCE rtsp://h/1 RTSP/1.0\r\nContent-Length: %d\r\n\r\n" % (BODY_LIMIT + 1),
        b"ANNOUNCE rtsp://h/1 RTSP/1.0\r\nContent-Length: -1\r\n\r\n",
        b"ANNOUNCE rtsp://h/1 RTSP/1.0\r\nContent-Length: 99999999999999999999\r\n\r\n",
    ],
)
def test_what_is_not_rtsp_is_an_error(data: bytes) -> None:
    with pytest.raises(RtspError):
        list(RtspParser().feed(data))


def test_an_answer_on_the_wire() -> None:
    assert RtspResponse(200, {"Session": "s"}, b"v=0").encode("9") == (
        b"RTSP/1.0 200 OK\r\nCSeq: 9\r\nSession: s\r\nContent-Length: 3\r\n\r\nv=0"
    )
