"""The client's side of RTSP RECORD over TCP (RFC 2326): announce one H.264 stream, then send it on the connection.

Not FFmpeg's: there, connecting to a server that accepts and then stalls holds Python's interpreter lock for ever, and
with it every camera of the device. Here nothing waits longer than `timeout_s`, and `cut` ends any wait at once.
"""

import contextlib
import fcntl
import re
import socket
import ssl
import struct
import sys
import termios
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from edge.camera.address import PORTS
from edge.camera.reasons import reason_of
from edge.errors import PublishError
from edge.stream.rtsp_auth import authorization, challenge_of

SEND_BUFFER = 256 * 1024
"""Sent and not yet taken: the default, megabytes, hides a stalled server and adds seconds of delay on a slow line."""
DROP_UNSENT = struct.pack("ii", 1, 0)
"""For SO_LINGER: a server that takes nothing must not keep half a megabyte in the kernel for minutes."""
HEAD_LIMIT = 16 * 1024
AGENT = "Watchpost"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to publish. `url` is what requests name, without user and password."""

    url: str = field(repr=False)
    host: str
    port: int
    tls: bool
    user: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer; header names in lower case."""

    status: int
    headers: dict[str, str]


def target_of(url: str) -> Target:
    """PublishError if that is no RTSP address."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        raise PublishError("not an RTSP address to publish to") from None
    if parts.scheme not in PORTS or port is None or not parts.hostname:
        raise PublishError("not an RTSP address to publish to")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    query = f"?{parts.query}" if parts.query else ""
    return Target(
        url=f"{parts.scheme}://{host}:{port}{parts.path}{query}",
        host=parts.hostname,
        port=port,
        tls=parts.scheme == "rtsps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


class RecordConnection:
    """One connection. One thread uses it; `cut` may be called from any. Every failure is a PublishError."""

    def __init__(self, target: Target, timeout_s: float) -> None:
        self._target = target
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._was_cut = False
        self._stuck = False
        self._sequence = 0
        self._session = ""
        self._challenge: dict[str, str] = {}

    def announce(self, sdp: str) -> None:
        """Connect and get as far as sending: ANNOUNCE, SETUP (channels 0 and 1), RECORD."""
        self._connect()
        self._ask("ANNOUNCE", self._target.url, {"Content-Type": "application/sdp"}, sdp.encode())
        transport = "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record"
        reply = self._ask("SETUP", _control(self._target.url), {"Transport": transport})
        self._session = reply.headers.get("session", "").partition(";")[0].strip()
        self._ask("RECORD", self._target.url, {"Range": "npt=0.000-"})

    def send(self, data: bytes) -> None:
        """Interleaved frames. Waits at most `timeout_s` in all for the server to take them."""
        try:
            self._drain()
            self._open.sendall(data)
        except OSError as error:
            raise self._failure(error) from None

    @property
    def queued(self) -> int:
        """Octets that the server has not acknowledged yet (Linux, tcp(7): SIOCOUTQ)."""
        found = fcntl.ioctl(self._open, termios.TIOCOUTQ, bytes(4))
        return int.from_bytes(found, sys.byteorder)

    def keep_alive(self) -> None:
        """Tell the server that the session is still wanted; the answer is drained later."""
        self.send(self._request("OPTIONS", self._target.url, {}, b""))

    def cut(self) -> None:
        """End whatever waits, from any thread; the connection is of no more use."""
        self._was_cut = True
        connection = self._socket
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Say goodbye if that needs no waiting, and hang up."""
        connection, self._socket = self._socket, None
        if connection is None:
            return
        with contextlib.suppress(OSError):
            connection.setblocking(False)
            connection.send(self._request("TEARDOWN", self._target.url, {}, b""))
            if self._stuck:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, DROP_UNSENT)
        connection.close()

    @property
    def _open(self) -> socket.socket:
        if self._socket is None:
            raise PublishError("the connection to the media server is closed")
        return self._socket

    def _connect(self) -> None:
        try:
            plain = socket.create_connection((self._target.host, self._target.port), timeout=self._timeout_s)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            self._socket = plain
            if self._target.tls:
                context = ssl.create_default_context()
                self._socket = context.wrap_socket(plain, server_hostname=self._target.host)
        except (OSError, UnicodeError) as error:
            raise self._failure(error) from None
        if self._was_cut:
            raise PublishError("stopped")

    def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes = b"") -> Reply:
        """The server's answer, with our credential if it asks for one."""
        reply = self._exchange(method, url, headers, body)
        if reply.status == 401 and self._target.user and not self._challenge:
            self._challenge = challenge_of(reply.headers.get("www-authenticate", ""))
            reply = self._exchange(method, url, headers, body)
        if reply.status in (401, 403):
            raise PublishError("the media server refused this device's credential")
        if reply.status != 200:
            raise PublishError(f"the media server answered {method} with {reply.status}")
        return reply

    def _exchange(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Reply:
        try:
            self._open.sendall(self._request(method, url, headers, body))
            return self._read_reply()
        except OSError as error:
            raise self._failure(error) from None

    def _request(self, method: str, url: str, headers: dict[str, str], body: bytes) -> bytes:
        self._sequence += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._sequence}", f"User-Agent: {AGENT}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self._session:
            lines.append(f"Session: {self._session}")
        if self._challenge:
            lines.append(f"Authorization: {self._authorization(method, url)}")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    def _authorization(self, method: str, url: str) -> str:
        return authorization(self._challenge, self._target.user, self._target.password, method, url)

    def _read_reply(self) -> Reply:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self._open.recv(4096)
            if not more:
                raise PublishError("the media server closed the connection")
            data += more
            if len(data) > HEAD_LIMIT:
                raise PublishError("the media server does not speak RTSP")
        return _reply(data)

    def _drain(self) -> None:
        """Throw away what the server says while we send (reports, answers); its silence is fine, its end is not."""
        connection = self._open
        connection.setblocking(False)
        try:
            while True:
                if not connection.recv(65536):
                    raise PublishError("the media server closed the connection")
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        finally:
            connection.settimeout(self._timeout_s)

    def _failure(self, error: OSError | UnicodeError) -> PublishError:
        if isinstance(error, TimeoutError):
            self._stuck = True
            return PublishError(f"the media server stalled for {self._timeout_s:.0f} s")
        if self._was_cut:
            return PublishError("stopped")
        return PublishError(f"media server: {reason_of(error)}")


def _control(url: str) -> str:
    """Where the announced stream is set up; behind a query, as FFmpeg and gortsplib have it."""
    return f"{url}/streamid=0"


def _reply(data: bytes) -> Reply:
    lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    status = re.match(r"RTSP/\d\.\d (\d{3})", lines[0])
    if status is None:
        raise PublishError("the media server does not speak RTSP")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() not in headers or value.strip().lower().startswith("digest"):
            headers[name.strip().lower()] = value.strip()
    return Reply(int(status.group(1)), headers)
