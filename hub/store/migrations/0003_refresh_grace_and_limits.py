"""A lost or doubled answer to a refresh is given again; attempts are counted for all web processes together."""

from typing import Any

from playhouse.migrate import SchemaMigrator

STATEMENTS = """\
ALTER TABLE session ADD COLUMN previous_refresh_id UUID;
ALTER TABLE session ADD COLUMN rotated_at TIMESTAMPTZ;
ALTER TABLE session ADD COLUMN answer_used BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE session ALTER COLUMN answer_used DROP DEFAULT;
CREATE TABLE attempt (
    key VARCHAR(64) NOT NULL PRIMARY KEY,
    level DOUBLE PRECISION NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql(STATEMENTS)
