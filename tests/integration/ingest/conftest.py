"""PostgreSQL, a broker of either kind, and room for ingest as a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ingest_place import Place

from hub.broker import BrokerError, Kind, start_broker
from hub.fleet.ca import CertificateAuthority
from hub.store import migrate
from hub.store.embedded import EmbeddedPostgres


@pytest.fixture(params=["mosquitto", "embedded"])
def kind(request: pytest.FixtureRequest) -> Kind:
    value: Kind = request.param
    return value


@pytest.fixture
def place(tmp_path: Path, kind: Kind) -> Iterator[Place]:
    """Everything runs but ingest."""
    authority = CertificateAuthority.open(tmp_path / "secrets")
    try:
        broker = start_broker(tmp_path, authority, prefer=kind)
    except BrokerError as error:
        pytest.skip(str(error))
    server = EmbeddedPostgres(tmp_path, die_with_parent=True)
    url = server.start()
    migrate.up(url)
    there = Place(tmp_path, server, url, authority, broker)
    try:
        yield there
    finally:
        there.close()
