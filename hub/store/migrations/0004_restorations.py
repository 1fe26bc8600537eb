"""Restorations: each time that this hub came back from a backup."""

from typing import Any

from playhouse.migrate import SchemaMigrator


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql("""
CREATE TABLE restoration (
    id UUID NOT NULL PRIMARY KEY,
    restored_at TIMESTAMPTZ NOT NULL
)
""")
