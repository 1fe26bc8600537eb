"""Migrations: forward-only files, applied in order under one lock, each remembered with the checksum of its text."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from peewee import CharField, DatabaseError, OperationalError
from playhouse.migrations import Runner
from playhouse.pool import PooledPostgresqlDatabase
from playhouse.postgres_ext import DateTimeTZField

from hub.store.db import connection_pool
from hub.store.errors import MigrationError, Unreachable, first_line

DIRECTORY = Path(__file__).parent / "migrations"
HISTORY = "schema_migration"
LOCK = "hashtextextended('watchpost.migrate', 0)"
TEMPLATE = '''"""{title}."""

from typing import Any

from playhouse.migrate import SchemaMigrator


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql("""
""")
'''

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MigrationState:
    """One migration: `applied_at` None is pending; `trouble` says if its file is gone or was changed since."""

    name: str
    applied_at: datetime | None
    trouble: str = ""


class CheckedRunner(Runner):
    """peewee's runner, remembering what each applied file said; `level` is that of its lines in the log."""

    level = logging.INFO

    def __init__(self, database: PooledPostgresqlDatabase, directory: Path = DIRECTORY) -> None:
        super().__init__(database, str(directory), HISTORY)  # type: ignore[no-untyped-call]

        class History(database.Model):  # type: ignore[misc, name-defined]
            name = CharField(primary_key=True)
            applied = DateTimeTZField(default=lambda: datetime.now(UTC))
            checksum = CharField(64)

            class Meta:
                legacy_table_names = False
                table_name = HISTORY

        self.History = History

    def states(self) -> list[MigrationState]:
        """Files and history side by side, in order."""
        kept = {row.name: row for row in self.History.select()} if self.History.table_exists() else {}
        states = [_state(name, path, kept) for _, name, path, _ in self.migrations()]  # type: ignore[no-untyped-call]
        gone = sorted(set(kept) - {state.name for state in states})
        return states + [MigrationState(name, kept[name].applied, "its file is gone") for name in gone]

    def _run(self, name: str, module: ModuleType, direction: str, fake: bool = False) -> None:
        assert direction == "up"
        assert not fake
        log.log(self.level, "migration %s", name)
        try:
            with self.migrator.migration_context(getattr(module, "atomic", True)):
                module.up(self.migrator, self.database)
                self.History.create(name=name, checksum=checksum(Path(str(module.__file__))))
        except DatabaseError as error:
            raise MigrationError(f"{name}: {first_line(error)}") from error


def up(url: str, directory: Path = DIRECTORY, level: int = logging.INFO) -> list[str]:
    """Apply what is pending; whoever comes second waits. Returns the names; raises MigrationError."""
    with _exclusive(url) as database:
        runner = CheckedRunner(database, directory)
        runner.level = level
        troubles = [f"{state.name}: {state.trouble}" for state in runner.states() if state.trouble]
        if troubles:
            raise MigrationError("; ".join(troubles))
        applied: list[str] = runner.up()  # type: ignore[no-untyped-call]
        return applied


def status(url: str, directory: Path = DIRECTORY) -> list[MigrationState]:
    """Every migration, applied or pending."""
    with session(url) as database:
        return CheckedRunner(database, directory).states()


def new(name: str, directory: Path = DIRECTORY) -> Path:
    """Write the next numbered, empty migration file and return its path."""
    title = name.strip().replace("_", " ").capitalize()
    count = max((int(path.name[:4]) for path in directory.glob("[0-9]*.py")), default=0) + 1
    slug = "_".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())
    if not slug:
        raise MigrationError("a migration needs a name of letters and digits")
    path = directory / f"{count:04d}_{slug}.py"
    path.write_text(TEMPLATE.format(title=title))
    return path


def checksum(path: Path) -> str:
    """What a migration file said when it was applied."""
    return sha256(path.read_bytes()).hexdigest()


@contextmanager
def session(url: str) -> Iterator[PooledPostgresqlDatabase]:
    """One connection without a time limit, bound to no model."""
    database = connection_pool(url, pool=1, statement_timeout_s=0, program="watchpost-migrate")
    try:
        with database.connection_context():
            yield database
    except OperationalError as error:
        raise Unreachable(f"the database does not answer: {first_line(error)}") from error
    finally:
        database.close_all()


@contextmanager
def _exclusive(url: str) -> Iterator[PooledPostgresqlDatabase]:
    with session(url) as database:
        database.execute_sql(f"SELECT pg_advisory_lock({LOCK})")
        yield database  # the lock goes with the connection, which `session` closes


def _state(name: str, path: str, kept: dict[str, object]) -> MigrationState:
    row = kept.get(name)
    if row is None:
        return MigrationState(name, None)
    changed = row.checksum != checksum(Path(path))  # type: ignore[attr-defined]
    return MigrationState(name, row.applied, "its file was changed after it was applied" if changed else "")  # type: ignore[attr-defined]
