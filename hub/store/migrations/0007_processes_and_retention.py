"""What each process of the hub last said of itself, and for how long things are kept."""

from typing import Any

from playhouse.migrate import SchemaMigrator

TABLES = """\
CREATE TABLE process (
    name VARCHAR(120) NOT NULL PRIMARY KEY,
    kind VARCHAR(16) NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    facts JSONB NOT NULL
);
CREATE TABLE retention (
    id SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
    alert_days INTEGER NOT NULL CHECK (alert_days >= 0),
    alert_gb INTEGER NOT NULL CHECK (alert_gb >= 0),
    picture_days INTEGER NOT NULL CHECK (picture_days >= 0),
    picture_gb INTEGER NOT NULL CHECK (picture_gb >= 0)
);
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql(TABLES)
