"""What most commands begin with: settings, a database at the right structure, and trouble told in one line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

import click
import structlog

from hub.commands.disk import told_in_one_line
from hub.errors import HubError
from hub.settings import Settings
from hub.store import migrate
from hub.store.db import open_database
from hub.store.errors import MigrationError, Unreachable
from hub.store.location import database_at

RETRY_S = 1.0
DATA_DIR = "WATCHPOST_DATA_DIR"
log = structlog.get_logger(__name__)


@contextmanager
def settled() -> Iterator[Settings]:
    """The settings alone, for what needs no database; trouble is one line."""
    try:
        settings = Settings.from_env(os.environ)
        with told_in_one_line(settings.data_dir, DATA_DIR):
            yield settings
    except HubError as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def located(stop: Event | None = None) -> Iterator[Settings]:
    """The settings with `database_url` filled in; the embedded database is brought up to date, another one must be.

    With `stop`: a database that does not answer is waited for until that is set.
    """
    try:
        settings = Settings.from_env(os.environ)
        with told_in_one_line(settings.data_dir, DATA_DIR), database_at(settings) as url:
            _await_structure(url, stop, embedded=not settings.database_url)
            yield replace(settings, database_url=url)
    except HubError as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def opened() -> Iterator[Settings]:
    """The same with the models bound to the database."""
    with located() as settings:
        database = open_database(settings.database_url, pool=2, program="watchpost-hub")
        try:
            with database.connection_context():
                yield settings
        finally:
            database.close_all()


def _await_structure(url: str, stop: Event | None, *, embedded: bool) -> None:
    told = False
    while True:
        try:
            _check_structure(url, embedded=embedded)
            return
        except Unreachable as error:
            if stop is None:
                raise
            if not told:
                log.warning("waiting for the database", reason=str(error))
            told = True
            if stop.wait(RETRY_S):
                raise


def _check_structure(url: str, *, embedded: bool) -> None:
    if embedded:
        migrate.up(url)
        return
    waiting = [state.name for state in migrate.status(url) if state.applied_at is None or state.trouble]
    if waiting:
        raise MigrationError(f"the database needs `watchpost-hub migrate up` first: {', '.join(waiting)}")
