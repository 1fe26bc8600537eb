"""How long pictures take from a camera to the screens that show it, as their pages tell."""

from typing import Any

from playhouse.migrate import SchemaMigrator

STATEMENTS = """\
ALTER TABLE camera ADD COLUMN screen_ms_p50 DOUBLE PRECISION;
ALTER TABLE camera ADD COLUMN screen_ms_p95 DOUBLE PRECISION;
ALTER TABLE camera ADD COLUMN screen_at TIMESTAMPTZ;
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql(STATEMENTS)
