"""A real PostgreSQL for the hub's tests, migrated once, emptied before each test that uses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from peewee import PostgresqlDatabase
from people import PASSWORD, Api, Login, account

from hub.settings import Settings
from hub.store import migrate
from hub.store.db import open_database
from hub.store.embedded import EmbeddedPostgres
from hub.store.models import TABLES

KEPT = {"alert_hour"}  # its trigger empties it with `alert`


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a migrated database on a scratch server that ends with the tests."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), die_with_parent=True)
    url = server.start()
    try:
        migrate.up(url)
        yield url
    finally:
        server.stop()


@pytest.fixture
def database(database_url: str) -> Iterator[PostgresqlDatabase]:
    """The models bound to the scratch database, with every table empty."""
    opened = open_database(database_url, pool=40)
    names = ", ".join(f'"{model._meta.table_name}"' for model in TABLES if model._meta.table_name not in KEPT)
    opened.execute_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    opened.close()
    yield opened
    opened.close_all()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a hub in a fresh data directory."""
    return Settings(data_dir=tmp_path / "data", database_url=database_url)


@pytest.fixture
def app(settings: Settings, database: PostgresqlDatabase) -> Flask:
    """A hub without accounts."""
    from hub.web import create_app

    return create_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser-like client: it keeps cookies and has not logged in."""
    return app.test_client()


@pytest.fixture
def login(app: Flask) -> Login:
    """`login("viewer", cameras=[1])` makes a user of that role, logged in as a program (Bearer token)."""

    def logged_in(role: str = "admin", cameras: list[int] | None = None, name: str | None = None) -> Api:
        username = name or f"{role}-{'some' if cameras is not None else 'all'}"
        account(app, username, role, cameras)
        return Api.logged_in(app, username, PASSWORD)

    return logged_in
