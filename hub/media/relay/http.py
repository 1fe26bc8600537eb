"""A small asyncio HTTP/1.1 server on h11, for signalling and the API: bounded bodies, bounded time, no more."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import h11

log = logging.getLogger(__name__)

BODY_LIMIT = 128 * 1024
HEAD_LIMIT = 16 * 1024
IDLE_S = 30.0
CONNECTIONS = 512


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, whole; header names are lower case."""

    method: str
    path: str
    query: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    ip: str = ""

    @property
    def bearer(self) -> str:
        """The token of `Authorization: Bearer`, or empty."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer; Content-Length is added."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def json_response(status: int, value: object, headers: dict[str, str] | None = None) -> HttpResponse:
    """An answer with a JSON body."""
    return HttpResponse(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(value).encode())


def error_response(status: int, reason: str, headers: dict[str, str] | None = None) -> HttpResponse:
    """A refusal in the shape that MediaMTX gives it."""
    return json_response(status, {"status": "error", "error": reason}, headers)


Handler = Callable[[HttpRequest], Awaitable[HttpResponse]]


class BodyTooLargeError(Exception):
    """A request body over the limit."""


class HttpServer:
    """Hands every request to one handler."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._open = 0

    async def listen(self, host: str, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._accept, host, port)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= CONNECTIONS:
                await self._converse(_Connection(reader, writer))
        except (TimeoutError, ConnectionError, OSError, h11.LocalProtocolError) as error:
            log.debug("http connection: %s", type(error).__name__)
        except asyncio.CancelledError:
            log.debug("http connection: the relay stops")  # ends the task; asyncio would log a fault
        finally:
            self._open -= 1
            writer.close()

    async def _converse(self, connection: "_Connection") -> None:
        while True:
            try:
                request = await connection.receive()
            except h11.RemoteProtocolError as error:
                await connection.send(error_response(error.error_status_hint, "malformed request"))
                return
            except BodyTooLargeError:
                await connection.send(error_response(413, "body too large"))
                return
            if request is None:
                return
            await connection.send(await self._respond(request))
            if not connection.next_cycle():
                return

    async def _respond(self, request: HttpRequest) -> HttpResponse:
        try:
            return await self._handler(request)
        except Exception:
            log.exception("http handler failed")
            return error_response(500, "internal error")


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)
        self._ip = str((writer.get_extra_info("peername") or ("",))[0])

    async def receive(self) -> HttpRequest | None:
        """The next whole request; None when the peer has left."""
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = await asyncio.wait_for(self._next_event(), IDLE_S)
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > BODY_LIMIT:
                    raise BodyTooLargeError
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return _request(head, bytes(body), self._ip)
            elif isinstance(event, h11.ConnectionClosed):
                return None

    async def _next_event(self) -> object:
        while (event := self._h11.next_event()) is h11.NEED_DATA:
            if self._h11.they_are_waiting_for_100_continue:
                self._writer.write(self._h11.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            self._h11.receive_data(await self._reader.read(64 * 1024))
        return event

    async def send(self, response: HttpResponse) -> None:
        headers = [*response.headers.items()]
        if response.status != 204:
            headers.append(("Content-Length", str(len(response.body))))
        events = (h11.Response(status_code=response.status, headers=headers), h11.Data(response.body))
        for event in (*events, h11.EndOfMessage()):
            self._writer.write(self._h11.send(event) or b"")
        await self._writer.drain()

    def next_cycle(self) -> bool:
        """Make ready for another request; False when the connection is over."""
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            return False
        self._h11.start_next_cycle()
        return True


def _request(head: h11.Request, body: bytes, ip: str) -> HttpRequest:
    try:
        target = urlsplit(head.target.decode("ascii", "replace"))
    except ValueError as error:
        raise h11.RemoteProtocolError("not a URL", error_status_hint=400) from error
    headers = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
    return HttpRequest(head.method.decode("ascii"), unquote(target.path), target.query, headers, body, ip)
