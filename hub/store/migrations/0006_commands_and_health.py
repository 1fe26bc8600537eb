"""Commands to devices, the history of their health, their self-test, and how they went away."""

from typing import Any

from playhouse.migrate import SchemaMigrator

TABLES = """\
ALTER TABLE device ADD COLUMN offline_cause VARCHAR(8), ADD COLUMN selftest JSONB, ADD COLUMN selftest_at TIMESTAMPTZ;
CREATE TABLE health_sample (
    device_id VARCHAR(64) NOT NULL,
    span_s SMALLINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    cpu_percent DOUBLE PRECISION,
    temperature_c DOUBLE PRECISION,
    memory_mb DOUBLE PRECISION,
    disk_free_mb DOUBLE PRECISION,
    outbox_length DOUBLE PRECISION,
    outbox_oldest_s DOUBLE PRECISION,
    inference_ms DOUBLE PRECISION,
    lag_ms DOUBLE PRECISION,
    glass_to_alert_ms DOUBLE PRECISION,
    throttled DOUBLE PRECISION,
    PRIMARY KEY (device_id, span_s, at),
    FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE CASCADE
);
CREATE TABLE command (
    id UUID NOT NULL PRIMARY KEY,
    device_id VARCHAR(64) NOT NULL,
    action VARCHAR(16) NOT NULL,
    camera_id BIGINT,
    url_sealed BYTEA,
    asked_by VARCHAR(64) NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    told_at TIMESTAMPTZ,
    answered_at TIMESTAMPTZ,
    error VARCHAR(500) NOT NULL,
    details JSONB NOT NULL,
    picture BYTEA,
    FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE CASCADE
);
CREATE INDEX command_device_id ON command (device_id);
CREATE INDEX command_asked_at ON command (asked_at);
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql(TABLES)
