"""The small HTTP server: requests whole, bounded and answered, one after the other."""

import asyncio

from hub.media.relay.http import BODY_LIMIT, HttpRequest, HttpResponse, HttpServer, json_response


async def echo(request: HttpRequest) -> HttpResponse:
    if request.path == "/fails":
        raise RuntimeError("the handler is broken")
    if request.path == "/empty":
        return HttpResponse(204)
    return json_response(200, [request.method, request.path, request.query, request.bearer, request.body.decode()])


def talk(data: bytes) -> bytes:
    """Everything that the server says to these bytes, until it hangs up or we do."""

    async def run() -> bytes:
        server = await HttpServer(echo).listen("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(data)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        server.close()
        return answer

    return asyncio.run(run())


def test_requests_are_answered_one_after_the_other() -> None:
    first = b"POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer t\r\nContent-Length: 2\r\n\r\nhi"
    answer = talk(first + b"OPTIONS /empty HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert b'["POST", "/a b", "x=1", "t", "hi"]HTTP/1.1 204' in answer


def test_a_broken_handler_answers_500_and_the_connection_lives() -> None:
    answer = talk(b"GET /fails HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500")
    assert b"HTTP/1.1 200" in answer


def test_what_is_not_http_is_refused() -> None:
    assert talk(b"\x16\x03\x01\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert talk(b"GET //[ HTTP/1.1\r\nHost: h\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert talk(b"GET / HTTP/1.1\r\nX: " + b"x" * 40000).startswith(b"HTTP/1.1 4")


def test_a_long_body_is_refused() -> None:
    length = BODY_LIMIT + 1
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % length
    assert talk(head + b"x" * length).startswith(b"HTTP/1.1 413")
