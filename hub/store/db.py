"""The one way to a database: a pool of connections, each in UTC, with a limit on how long a statement may take."""

import select
from typing import Any

import psycopg2
from peewee import InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded, PooledPostgresqlDatabase

from hub.store.models import database

POOL = 20
POOL_WAIT_S = 10
STATEMENT_TIMEOUT_S = 5.0
NO_ANSWER = (OperationalError, InterfaceError, MaxConnectionsExceeded)
"""What a query raises while the database does not answer, or too many ask it."""
TROUBLE = (*NO_ANSWER, psycopg2.Error, OSError)
"""That and what ends a connection that listens: whoever works on and on begins again in a moment."""


class Pool(PooledPostgresqlDatabase):
    """A pool that sees by its socket whether a connection lives: peewee's own asks each one SELECT 1 at every request.

    A server says nothing to a connection that waits, unless to end it; the socket of one that ended can be read.
    """

    def _is_closed(self, connection: Any) -> bool:
        if connection.closed:
            return True
        socket = select.poll()
        socket.register(connection.fileno(), select.POLLIN)
        return bool(socket.poll(0))


def open_database(
    url: str, *, pool: int = POOL, statement_timeout_s: float = STATEMENT_TIMEOUT_S, program: str = "watchpost"
) -> PooledPostgresqlDatabase:
    """Bind every model to the database at a postgresql:// URL; nothing connects before the first query.

    Each thread borrows its own connection: wrap work in `with database.connection_context():` so that it goes back.
    `statement_timeout_s` 0 is no limit, for migrations and jobs. Each process opens its own after forking.
    """
    pooled = connection_pool(url, pool=pool, statement_timeout_s=statement_timeout_s, program=program)
    database.initialize(pooled)
    return pooled


def connection_pool(
    url: str, *, pool: int = POOL, statement_timeout_s: float = STATEMENT_TIMEOUT_S, program: str = "watchpost"
) -> PooledPostgresqlDatabase:
    """A pool to any database, bound to no model; times come back aware, in UTC."""
    return Pool(  # type: ignore[no-untyped-call]
        url,
        max_connections=pool,
        timeout=POOL_WAIT_S,
        application_name=program,
        connect_timeout=5,
        options=f"-c timezone=UTC -c statement_timeout={int(statement_timeout_s * 1000)}",
        keepalives_idle=30,
    )
