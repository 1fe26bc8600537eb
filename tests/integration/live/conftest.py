"""A web process under gunicorn with a PostgreSQL of its own."""

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest
from live_pages import PASSWORD, PROGRAM, START, Served, Store, VisitRow, await_up
from ports import free_port

from hub.store import migrate
from hub.store.db import open_database
from hub.store.embedded import EmbeddedPostgres
from hub.store.partitions import Months
from hub.store.visits import store_visits


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data_dir = tmp_path_factory.mktemp("served")
    server = EmbeddedPostgres(data_dir, die_with_parent=True)
    database_url = server.start()
    migrate.up(database_url)
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "WATCHPOST_DATA_DIR": str(data_dir),
        "WATCHPOST_DATABASE_URL": database_url,
        "WATCHPOST_BIND": f"127.0.0.1:{port}",
        "WATCHPOST_WEB_WORKERS": str(request.param),
    }
    with (data_dir / "web.log").open("ab") as log:
        process = subprocess.Popen([PROGRAM, "serve"], env=environ, stdout=log, stderr=log)
    hub = Served(f"http://127.0.0.1:{port}", database_url, data_dir, server, process)
    try:
        await_up(hub)
        hub.call("POST", "/api/auth/signup", {"username": "admin", "password": PASSWORD})
        hub.admin = hub.login("admin")
        yield hub
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        server.stop()


@pytest.fixture
def store(served: Served) -> Iterator[Store]:
    """Commit visits as ingest would."""
    database = open_database(served.database_url)
    with database.connection_context():
        database.execute_sql("TRUNCATE alert")

        def stored(*rows: VisitRow) -> None:
            Months().ensure((row.opened_at for row in rows), START)
            store_visits(rows)

        yield stored
    database.close_all()
