"""The viewfinder's server: HTTP on the device itself, a few visitors at a time, behind one password."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6
from typing import Any

from edge.clock import Clock
from edge.viewfinder.door import Door
from edge.viewfinder.pages import TEXT, Cameras, Pages, Reply
from edge.viewfinder.settings import ViewfinderConfig
from edge.worker import start

log = logging.getLogger(__name__)

AT_ONCE = 8
TIMEOUT_S = 5.0
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
ASK = Reply(401, TEXT, b"the user is watchpost, the password is in edge.toml\n")
SHUT = Reply(429, TEXT, b"too many wrong passwords: wait a minute\n")
BUSY = Reply(503, TEXT, b"too many visitors at once\n")


@contextmanager
def serving(settings: ViewfinderConfig, cameras: Cameras, clock: Clock) -> Iterator[None]:
    """Serve while the block runs, if it is set. An address that cannot be had is logged: the door is watched anyway."""
    server = _listen(settings, cameras, clock) if settings.bind else None
    if server is None:
        yield
        return
    start("viewfinder", partial(server.serve_forever, poll_interval=0.1))
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _listen(settings: ViewfinderConfig, cameras: Cameras, clock: Clock) -> "_Server | None":
    try:
        server = _Server(settings.address, Pages(cameras, clock), Door(settings.password, clock))
    except OSError as error:
        log.error("no viewfinder at %s: %s", settings.bind, error.strerror)
        return None
    log.info("viewfinder at http://%s/, user watchpost", settings.bind)
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], pages: Pages, door: Door) -> None:
        self.address_family = AF_INET6 if ":" in address[0] else AF_INET
        self.pages = pages
        self.door = door
        self.places = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(address, _Visit)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Visitors who hang up are no news; anything else is a fault of ours."""
        if not isinstance(sys.exc_info()[1], OSError):
            log.exception("viewfinder: a visit failed")


class _Visit(BaseHTTPRequestHandler):
    server: _Server
    timeout = TIMEOUT_S
    server_version, sys_version = "watchpost", ""

    def do_GET(self) -> None:
        """Answer, if the visitor may look and there is a place."""
        if not self.server.places.acquire(blocking=False):
            self._say(BUSY)
            return
        try:
            self._say(self._reply())
        finally:
            self.server.places.release()

    def _reply(self) -> Reply:
        if self.server.door.shut:
            return SHUT
        if not self.server.door.opens(self.headers.get("Authorization", "")):
            return ASK
        return self.server.pages.reply(self.path.partition("?")[0])

    def _say(self, reply: Reply) -> None:
        self.send_response(reply.status)
        if reply.status == ASK.status:
            self.send_header("WWW-Authenticate", 'Basic realm="Watchpost viewfinder", charset="UTF-8"')
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Visits are not logged: the page asks several times a second."""
