"""One dashboard's socket: takes frames without ever waiting, and answers pings and good-byes (RFC 6455)."""

import socket
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from wsproto.connection import Connection, ConnectionState
from wsproto.events import CloseConnection, Ping
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from hub.auth.guard import Principal
from hub.live.messages import Message

BACKLOG = 256 * 1024
RECEIVE = 16 * 1024


class Gone(Exception):
    """The socket is finished; the text says why."""


class Slow(Gone):
    """It takes less than it is told."""


class LiveSocket:
    """Owned by the fan-out's thread once it is admitted."""

    def __init__(
        self, sock: socket.socket, connection: Connection, user: Principal, now: float, heard_until: int = 0
    ) -> None:
        sock.setblocking(False)
        self.heard_at = now
        self.pinged_at = now
        self._sock = sock
        self._connection = connection
        self._user = user
        self._heard_until = heard_until
        self._backlog = bytearray()
        self._limit = BACKLOG
        self._held: list[bytes] | None = []

    @property
    def user(self) -> Principal:
        """Who it was opened by, with what they may see now."""
        return self._user

    @property
    def session_id(self) -> UUID:
        """The session that it was opened with."""
        return self._user.session_id

    @property
    def behind(self) -> bool:
        """Whether something waits for the network."""
        return bool(self._backlog)

    @property
    def abreast(self) -> bool:
        """Whether it is owed nothing: it has begun, takes all at once, and has heard nothing elsewhere."""
        return self._held is None and not self._backlog and not self._heard_until

    @property
    def send(self) -> Callable[[bytes], int]:
        """The bare socket's, which whoever tells many that are abreast calls without coming by here."""
        return self._sock.send

    def has_expired(self, now: datetime) -> bool:
        """Whether the token that opened it has ended."""
        return now >= self._user.expires_at

    def fileno(self) -> int:
        """The descriptor; -1 when it is closed."""
        return self._sock.fileno()

    def permit(self, user: Principal) -> None:
        """The same user, who may see more or less from now on."""
        self._user = user

    def offer(self, messages: Sequence[Message]) -> None:
        """Send what this user may see and has not heard; Gone when it takes too little."""
        data = b"".join(message.frame for message in messages if self._is_for(message))
        self._pass(messages)
        if self._held is not None:
            self._held.append(data)
            if sum(map(len, self._held)) > BACKLOG:
                raise Slow("slow before it was even ready")
        elif data:
            self.write(data)

    def _is_for(self, message: Message) -> bool:
        unheard = message.ordinal is None or message.ordinal > self._heard_until
        return unheard and message.is_for(self._user.camera_ids)

    def _pass(self, messages: Sequence[Message]) -> None:
        """Once this process is ahead of what the page had heard elsewhere, there is nothing more to leave out."""
        if any((message.ordinal or 0) > self._heard_until for message in messages):
            self._heard_until = 0

    def begin(self, missed: bytes) -> None:
        """What was missed, then what came meanwhile; from now on whatever comes."""
        held, self._held = self._held or [], None
        data = missed + b"".join(held)
        self._limit = len(data) + BACKLOG  # all of this at once is not its fault
        self.write(data)

    def write(self, data: bytes) -> None:
        """Send, or keep for later what the network does not take now."""
        sent = 0 if self._backlog else self._send(data)
        if sent < len(data):
            self._backlog += data[sent:]
            if len(self._backlog) > self._limit:
                raise Slow("too slow")

    def drain(self) -> None:
        """The network takes more."""
        sent = self._send(self._backlog)
        del self._backlog[:sent]
        if not self._backlog:
            self._limit = BACKLOG

    def read(self, now: float) -> None:
        """Whatever the browser says: pings are answered, a good-bye too, all else is of no interest."""
        try:
            data = self._sock.recv(RECEIVE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            raise Gone(error.strerror or "error") from error
        if not data:
            raise Gone("closed")
        self.heard_at = now
        try:
            self._connection.receive_data(data)
            for event in self._connection.events():
                if isinstance(event, Ping):
                    self.write(self._connection.send(event.response()))
                elif isinstance(event, CloseConnection):
                    self.write(self._connection.send(event.response()))
                    raise Gone("good-bye")
        except RemoteProtocolError as error:
            self.farewell(CloseReason.PROTOCOL_ERROR, "")
            raise Gone(f"no WebSocket: {error}") from error

    def ping(self, now: float) -> None:
        """Ask whether anybody is there."""
        self.pinged_at = now
        self.write(self._connection.send(Ping()))

    def farewell(self, code: CloseReason, reason: str) -> None:
        """Say why it ends, if it can still be said."""
        if self._connection.state is ConnectionState.OPEN and not self._backlog:
            try:
                self._send(self._connection.send(CloseConnection(code=code, reason=reason)))
            except (LocalProtocolError, Gone):
                return

    def close(self) -> None:
        """Let go of the descriptor."""
        self._sock.close()

    def _send(self, data: bytes | bytearray) -> int:
        try:
            return self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            raise Gone(error.strerror or "error") from error
