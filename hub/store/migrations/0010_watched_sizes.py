"""How wide each viewer's picture is, and what a device says of a live stream: how its boxes are shown, and why."""

from typing import Any

from playhouse.migrate import SchemaMigrator

STATEMENTS = """\
ALTER TABLE lease ADD COLUMN width INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ALTER COLUMN width DROP DEFAULT;
ALTER TABLE camera ADD COLUMN stream_boxes VARCHAR(8) NOT NULL DEFAULT 'burnt';
ALTER TABLE camera ALTER COLUMN stream_boxes DROP DEFAULT;
ALTER TABLE camera ADD COLUMN stream_note VARCHAR(500) NOT NULL DEFAULT '';
ALTER TABLE camera ALTER COLUMN stream_note DROP DEFAULT;
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql(STATEMENTS)
