"""LISTEN: what other processes of the hub have committed, heard on a connection of its own."""

import select
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType

import psycopg2
from psycopg2 import sql


@dataclass(frozen=True, slots=True)
class Notice:
    """One NOTIFY: on which channel, with what payload."""

    channel: str
    payload: str


class Listener:
    """Hears some channels from the moment it is made; `fileno` is for select.

    psycopg2.Error from any method means that the connection is gone and notices may have been missed: make a new one,
    then look at the tables.
    """

    def __init__(self, url: str, channels: Iterable[str]) -> None:
        self._connection = psycopg2.connect(
            url, application_name="watchpost listen", connect_timeout=5, keepalives_idle=30
        )
        self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            for channel in channels:
                cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))

    def fileno(self) -> int:
        """The socket."""
        return int(self._connection.fileno())

    def wait(self, seconds: float) -> None:
        """Until there is something to take, or so long has passed.

        By poll, for select refuses descriptors beyond 1023, and a web process with many dashboards has thousands.
        """
        socket = select.poll()
        socket.register(self._connection.fileno(), select.POLLIN)
        socket.poll(seconds * 1000)

    def take(self) -> list[Notice]:
        """What has come since the last call, without waiting."""
        self._connection.poll()
        notices = [Notice(item.channel, item.payload) for item in self._connection.notifies]
        self._connection.notifies.clear()
        return notices

    def close(self) -> None:
        """Stop listening."""
        self._connection.close()

    def __enter__(self) -> "Listener":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()


Listen = Callable[[tuple[str, ...]], Listener]
"""Makes a listener for some channels."""
