"""Who was let in at the media server, to be sent away when they may no longer; what it says of each camera's stream."""

from typing import Any

from playhouse.migrate import SchemaMigrator

STATEMENTS = """\
CREATE TABLE media_session (
    id UUID NOT NULL PRIMARY KEY,
    action VARCHAR(8) NOT NULL CHECK (action::text = ANY (ARRAY['publish'::text, 'read'::text])),
    path VARCHAR(16) NOT NULL,
    subject VARCHAR(64) NOT NULL,
    session_id VARCHAR(36) NOT NULL,
    admitted_at TIMESTAMPTZ NOT NULL
);
ALTER TABLE camera ADD COLUMN published_since TIMESTAMPTZ;
ALTER TABLE camera ADD COLUMN readers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE camera ADD COLUMN kbit_per_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE camera ALTER COLUMN readers DROP DEFAULT;
ALTER TABLE camera ALTER COLUMN kbit_per_s DROP DEFAULT;
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql(STATEMENTS)
