"""API tokens for programs, and in the audit log the name of the token that was used."""

from typing import Any

from playhouse.migrate import SchemaMigrator

STATEMENTS = """\
CREATE TABLE api_token (
    id UUID NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    name VARCHAR(120) NOT NULL,
    scopes JSONB NOT NULL,
    token_sha256 BYTEA NOT NULL,
    hint VARCHAR(16) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
);
CREATE INDEX api_token_user_id ON api_token (user_id);
CREATE UNIQUE INDEX api_token_token_sha256 ON api_token (token_sha256);
ALTER TABLE audit ADD COLUMN token VARCHAR(120) NOT NULL DEFAULT '';
ALTER TABLE audit ALTER COLUMN token DROP DEFAULT;
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql(STATEMENTS)
