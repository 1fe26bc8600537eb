"""Migrations, models and the live database say the same; each kind of difference shows."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import pytest

from hub.store import drift, migrate
from hub.store.catalogue import structure
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
        ("ALTER SEQUENCE picture_segment AS bigint", "sequence picture_segment bigint"),
        ("DROP SEQUENCE picture_segment", "sequence picture_segment"),
        ("ALTER TABLE camera DROP COLUMN codec", "camera column codec"),
        ("ALTER TABLE camera ALTER name SET DEFAULT 'x'", "default 'x'"),
        ("ALTER TABLE alert ALTER ordinal DROP DEFAULT", "default nextval"),
        ("ALTER TABLE device DROP CONSTRAINT device_state_check", "device_state_check"),
        ("ALTER TABLE camera ADD CHECK (width >= 0)", "width >= 0"),
        (
            "ALTER TABLE session DROP CONSTRAINT session_user_id_fkey, ADD CONSTRAINT session_user_id_fkey "
            "FOREIGN KEY (user_id) REFERENCES app_user (id)",
            "FOREIGN KEY (user_id) REFERENCES app_user(id)",
        ),
        ("CREATE INDEX more ON camera (name)", "index CREATE INDEX more"),
        (
            "DROP INDEX app_user_username; CREATE INDEX app_user_username ON app_user (username)",
            "CREATE INDEX app_user",
        ),
        ("CREATE FUNCTION more() RETURNS integer LANGUAGE sql AS 'SELECT 1'", "function more()"),
        ("DROP FUNCTION alert_counted() CASCADE", "function alert_counted()"),
        ("CREATE VIEW more AS SELECT 1 AS one", "view more"),
        ("CREATE TYPE more AS ENUM ('a')", "type more"),
        ("CREATE POLICY more ON camera USING (true)", "policy more"),
        ("ALTER TABLE camera SET (fillfactor = 50)", "fillfactor=50"),
        ("CREATE TABLE alert_1999_01 (LIKE alert INCLUDING DEFAULTS INCLUDING CONSTRAINTS)", "table alert_1999_01"),
    ],
)
def test_every_kind_of_drift_shows(database_url: str, statement: str, shows: str) -> None:
    with migrate.session(database_url) as database, database.atomic() as change:
        before = structure(database)
        database.execute_sql(statement)
        after = structure(database)
        change.rollback()
    assert any(shows in line for line in before ^ after)


def test_drift_is_told_from_both_sides(empty_url: str) -> None:
    migrate.up(empty_url)
    run(empty_url, "ALTER TABLE camera ALTER name TYPE varchar(121)")
    sides = [line.split(":")[0] for line in drift.check(empty_url)]
    assert sides == ["live database lacks", "live database has, migrations do not make"]


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


def test_a_change_of_data_is_tested_on_what_is_there(empty_url: str, tmp_path: Path) -> None:
    """A migration that fills a new column from old rows: failing half-way, it leaves all as it was."""
    first = migrate.new("doors", tmp_path)
    first.write_text("def up(migrator, db):\n    db.execute_sql('CREATE TABLE door (name text NOT NULL)')\n")
    migrate.up(empty_url, tmp_path)
    run(
        empty_url,
        "INSERT INTO door SELECT 'Door ' || n FROM generate_series(1, 5000) AS n",
        "INSERT INTO door VALUES ('')",
    )
    second = migrate.new("door numbers", tmp_path)
    filled = """
def up(migrator, db):
    db.execute_sql("ALTER TABLE door ADD number integer")
    db.execute_sql("UPDATE door SET number = split_part(name, ' ', 2)::integer{rest}")
    db.execute_sql("ALTER TABLE door ALTER number SET NOT NULL")
"""
    second.write_text(filled.format(rest=""))
    with pytest.raises(MigrationError, match="0002_door_numbers: invalid input syntax"):
        migrate.up(empty_url, tmp_path)
    with migrate.session(empty_url) as database:
        assert database.execute_sql("SELECT * FROM door WHERE name = 'Door 7'").fetchall() == [("Door 7",)]
    second.write_text(filled.replace("name, ' ', 2)", "name || ' 0', ' ', 2)").format(rest=""))
    assert migrate.up(empty_url, tmp_path) == ["0002_door_numbers"]
    with migrate.session(empty_url) as database:
        assert database.execute_sql("SELECT sum(number), count(*) FROM door").fetchone() == (5000 * 5001 // 2, 5001)


def test_every_migration_of_ours_goes_through_on_a_filled_database(empty_url: str, tmp_path: Path) -> None:
    """Rows that the first version could hold are still there, and right, after all that came later."""
    every = sorted(migrate.DIRECTORY.glob("[0-9]*.py"))
    (tmp_path / every[0].name).write_bytes(every[0].read_bytes())
    migrate.up(empty_url, tmp_path)
    run(
        empty_url,
        "INSERT INTO app_user (username, password_hash, role, all_cameras, created_at) "
        "VALUES ('ann', '', 'admin', true, now())",
        "INSERT INTO session (id, user_id, refresh_id, created_at, last_used_at, expires_at, address, user_agent) "
        "SELECT gen_random_uuid(), id, gen_random_uuid(), now(), now(), now(), '', '' FROM app_user",
        "INSERT INTO device (id, name, state, created_at, desired_revision, reported_revision, version, online, "
        "health, health_at) VALUES ('door', 'Door', 'approved', now(), 1, 1, '1', true, '{\"cameras\": []}', now())",
        "INSERT INTO camera (name, location, source_url_sealed, device_id, enabled, settings, created_at, updated_at, "
        "revision, state, state_reason, stream_state, width, height, fps, codec) "
        "SELECT 'Camera ' || n, '', '', 'door', true, "
        "'{}', now(), now(), 1, 'online', '', 'stopped', 1, 1, 1, '' FROM generate_series(1, 50) AS n",
        "INSERT INTO alert (id, opened_at, received_at, camera_id, device_id, faces, score, box, note) SELECT "
        "gen_random_uuid(), now() - n * interval '1 h', now(), 1 + mod(n, 50), 'door', 1, 0.5, '[1, 2, 3, 4]', '' "
        "FROM generate_series(1, 2000) AS n",
        "INSERT INTO audit (at, actor, action, target, address) VALUES (now(), 'ann', 'x', 'y', '')",
    )
    assert migrate.up(empty_url) == [path.stem for path in every[1:]]
    assert drift.check(empty_url) == []
    with migrate.session(empty_url) as database:
        for table, count in (
            ("alert", 2000),
            ("camera", 50),
            ("device", 1),
            ("session", 1),
            ("app_user", 1),
            ("audit", 1),
        ):
            assert database.execute_sql(f"SELECT count(*) FROM {table}").fetchone() == (count,), table
        assert database.execute_sql("SELECT sum(alerts)::int FROM alert_hour").fetchone() == (2000,)


def test_hourly_counts_are_split_by_month_and_stay_the_same(empty_url: str, tmp_path: Path) -> None:
    for path in sorted(migrate.DIRECTORY.glob("[0-9]*.py"))[:10]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    migrate.up(empty_url, tmp_path)
    visit = (
        "INSERT INTO alert (id, opened_at, received_at, camera_id, device_id, faces, score, box, note) SELECT "
        "gen_random_uuid(), '2026-01-30 00:20Z'::timestamptz + n * interval '10 m', now(), 1 + mod(n, 3), 'door', 1, "
        "0.5, '[1, 2, 3, 4]', '' FROM generate_series(1, {count}) AS n"
    )
    kept = "SELECT camera_id, hour, alerts FROM alert_hour ORDER BY 1, 2"
    run(
        empty_url,
        "CREATE TABLE alert_2026_01 PARTITION OF alert FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
        "CREATE TABLE alert_2026_02 PARTITION OF alert FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')",
        visit.format(count=5000),  # to the sixth of March, a month that has no partition
    )
    with migrate.session(empty_url) as database:
        before = database.execute_sql(kept).fetchall()
    assert "0012_counts_by_month" in migrate.up(empty_url)
    assert drift.check(empty_url) == []
    with migrate.session(empty_url) as database:
        assert database.execute_sql(kept).fetchall() == before
        for table, begin, end in (
            ("alert_hour_2026_01", "2026-01-30 00:00Z", "2026-01-31 23:00Z"),
            ("alert_hour_2026_02", "2026-02-01 00:00Z", "2026-02-28 23:00Z"),
            ("alert_hour_other", "2026-03-01 00:00Z", "2026-03-05 17:00Z"),
        ):
            first, last = database.execute_sql(f"SELECT min(hour), max(hour) FROM {table}").fetchone()
            assert (first, last) == (datetime.fromisoformat(begin), datetime.fromisoformat(end)), table
        database.execute_sql(visit.format(count=1))
        assert database.execute_sql("SELECT sum(alerts)::int FROM alert_hour").fetchone() == (5001,)
