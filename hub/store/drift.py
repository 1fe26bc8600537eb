"""Is the database what the migrations make of it, and do the models say the same? Two shadow databases tell."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import structlog
from peewee import ProgrammingError

from hub.store import migrate
from hub.store.catalogue import structure
from hub.store.errors import MigrationError, NoShadow, first_line
from hub.store.models import TABLES
from hub.store.triggers import STATEMENTS

log = structlog.get_logger(__name__)


def check(url: str, directory: Path = migrate.DIRECTORY) -> list[str]:
    """Every difference between the live database, the migrated one and the models', one line each; empty is good."""
    states = [state for state in migrate.status(url, directory) if state.trouble or not state.applied_at]
    lines = [f"migration {state.name}: {state.trouble or 'pending'}" for state in states]
    migrated, modelled = _migrated(url, directory), _modelled(url)
    if not lines:  # else the live database is bound to differ
        live = _structure(url)
        lines += [f"live database lacks: {line}" for line in sorted(migrated - live)]
        lines += [f"live database has, migrations do not make: {line}" for line in sorted(live - migrated)]
    lines += [f"models say, migrations do not make: {line}" for line in sorted(modelled - migrated)]
    return lines + [f"migrations make, models do not say: {line}" for line in sorted(migrated - modelled)]


def refuse(url: str) -> None:
    """MigrationError when database, migrations and models differ; where that cannot be looked up, a line in the log."""
    try:
        lines = check(url)
    except NoShadow as error:
        log.warning("the structure was not checked at the start", reason=first_line(error))
        return
    if lines:
        more = f" (and {len(lines) - 1} more: watchpost-hub migrate check)" if len(lines) > 1 else ""
        raise MigrationError(f"the database is not as this program needs it: {lines[0]}{more}")


def _structure(url: str) -> frozenset[str]:
    with migrate.session(url) as database:
        return structure(database)


def _migrated(url: str, directory: Path) -> frozenset[str]:
    with _shadow(url) as shadow:
        migrate.up(shadow, directory, logging.DEBUG)
        return _structure(shadow)


def _modelled(url: str) -> frozenset[str]:
    with _shadow(url) as shadow, migrate.session(shadow) as database, database.bind_ctx(TABLES):
        database.create_tables(TABLES)
        for statement in STATEMENTS:
            database.execute_sql(statement)
        return structure(database)


@contextmanager
def _shadow(url: str) -> Iterator[str]:
    """An empty database beside the one at `url`, gone afterwards."""
    name = f"watchpost_shadow_{token_hex(6)}"
    with migrate.session(url) as database:
        try:
            database.execute_sql(f"CREATE DATABASE {name} TEMPLATE template0")
        except ProgrammingError as error:
            raise NoShadow(f"a shadow database is needed for the check: {error}") from error
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            database.execute_sql(f"DROP DATABASE {name} WITH (FORCE)")
