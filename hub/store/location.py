"""Where the database is: the one named in the settings, else the embedded one of the data directory."""

from collections.abc import Iterator
from contextlib import contextmanager

from hub.settings import Settings
from hub.store.embedded import EmbeddedPostgres


@contextmanager
def database_at(settings: Settings) -> Iterator[str]:
    """The database's URL, good within the block; an embedded server runs as long as some process is in its block."""
    if settings.database_url:
        yield settings.database_url
        return
    server = EmbeddedPostgres(settings.data_dir)
    url = server.start()
    try:
        yield url
    finally:
        server.stop()
