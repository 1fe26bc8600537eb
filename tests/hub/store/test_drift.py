"""Migrations, models and the live database say the same; each kind of difference shows."""

from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import pytest

from hub.store import drift, migrate
from hub.store.errors import MigrationError


@pytest.fixture
def empty_url(database_url: str) -> Iterator[str]:
    """An empty database of its own."""
    name = f"test_{token_hex(4)}"
    with migrate.session(database_url) as database:
        database.execute_sql(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))
        database.execute_sql(f"DROP DATABASE {name} WITH (FORCE)")


def run(url: str, *statements: str) -> None:
    with migrate.session(url) as database:
        for statement in statements:
            database.execute_sql(statement)


def test_what_is_shipped_agrees(database_url: str) -> None:
    assert drift.check(database_url) == []


def test_pending_migrations_are_named(empty_url: str) -> None:
    assert drift.check(empty_url)[0] == "migration 0001_first_tables: pending"


@pytest.mark.parametrize(
    ("statement", "shows"),
    [
        ("ALTER TABLE camera ALTER name TYPE varchar(121)", "character varying(121)"),
        ("ALTER TABLE camera ALTER width DROP NOT NULL", "camera column width integer"),
        ("ALTER TABLE device ALTER version SET DEFAULT 'x'", "default 'x'"),
        ("ALTER TABLE camera ADD more integer", "camera column more"),
        ("CREATE TABLE more (i integer)", "table more"),
        ("DROP INDEX audit_at", "index CREATE INDEX audit_at"),
        ("DROP INDEX alert_listed; CREATE INDEX alert_listed ON alert (opened_at, id)", "(opened_at, id)"),
        ("ALTER TABLE session DROP CONSTRAINT session_user_id_fkey", "FOREIGN KEY"),
        ("ALTER TABLE alert DROP CONSTRAINT alert_check", "closed_at >= opened_at"),
        ("ALTER TABLE alert DISABLE TRIGGER alert_counted", "NOT ENABLED"),
        ("DROP TRIGGER audit_fixed ON audit", "trigger CREATE TRIGGER audit_fixed"),
        ("CREATE OR REPLACE FUNCTION alert_counted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'", "BEGIN END"),
        ("DROP TABLE alert_other", "partition alert_other"),
        ("ALTER SEQUENCE alert_ordinal INCREMENT 2", "by 2"),
    ],
)
def test_every_kind_of_drift_shows(empty_url: str, statement: str, shows: str) -> None:
    migrate.up(empty_url)
    run(empty_url, statement)
    assert any(shows in line and line.startswith("live database") for line in drift.check(empty_url))


def test_months_come_and_go_without_being_drift(empty_url: str) -> None:
    migrate.up(empty_url)
    run(empty_url, "CREATE TABLE alert_2026_01 PARTITION OF alert FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')")
    assert drift.check(empty_url) == []


def test_an_edited_file_is_refused(empty_url: str, tmp_path: Path) -> None:
    path = migrate.new("a table", tmp_path)
    path.write_text("def up(migrator, db):\n    db.execute_sql('CREATE TABLE a (i integer)')\n")
    assert migrate.up(empty_url, tmp_path) == ["0001_a_table"]
    assert migrate.up(empty_url, tmp_path) == []
    path.write_text(path.read_text() + "# changed\n")
    with pytest.raises(MigrationError, match="changed after it was applied"):
        migrate.up(empty_url, tmp_path)


def test_a_failing_migration_leaves_nothing(empty_url: str, tmp_path: Path) -> None:
    path = migrate.new("two steps", tmp_path)
    path.write_text(
        "def up(migrator, db):\n    db.execute_sql('CREATE TABLE a (i integer)')\n    db.execute_sql('BAD')\n"
    )
    with pytest.raises(MigrationError, match="BAD"):
        migrate.up(empty_url, tmp_path)
    assert [state.applied_at for state in migrate.status(empty_url, tmp_path)] == [None]
    path.write_text("def up(migrator, db):\n    db.execute_sql('CREATE TABLE a (i integer)')\n")
    assert migrate.up(empty_url, tmp_path) == ["0001_two_steps"]
