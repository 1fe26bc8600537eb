"""The first tables: users, devices, cameras, alerts by month with their hourly counts, dead letters, the audit log."""

from typing import Any

from playhouse.migrate import SchemaMigrator

TABLES = """\
CREATE SEQUENCE alert_ordinal;
CREATE TABLE alert (
    id UUID NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    closed_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ NOT NULL,
    ordinal BIGINT NOT NULL DEFAULT NEXTVAL('alert_ordinal'),
    camera_id BIGINT NOT NULL,
    device_id VARCHAR(64) NOT NULL,
    faces SMALLINT NOT NULL CHECK (faces > 0),
    score DOUBLE PRECISION NOT NULL CHECK (score BETWEEN 0 AND 1),
    box JSONB NOT NULL,
    picture_segment INTEGER,
    picture_offset BIGINT,
    picture_length INTEGER,
    picture_sha256 BYTEA,
    acknowledged_by VARCHAR(64),
    acknowledged_at TIMESTAMPTZ,
    note TEXT NOT NULL,
    PRIMARY KEY (id, opened_at),
    CHECK (closed_at >= opened_at)
) PARTITION BY RANGE (opened_at);
CREATE INDEX alert_listed ON alert (opened_at DESC, id DESC);
CREATE INDEX alert_listed_by_camera ON alert (camera_id, opened_at DESC, id DESC);
CREATE INDEX alert_listed_by_device ON alert (device_id, opened_at DESC, id DESC);
CREATE INDEX alert_listed_acknowledged ON alert (opened_at DESC, id DESC) WHERE acknowledged_by IS NOT NULL;
CREATE INDEX alert_ordered ON alert (ordinal);
CREATE TABLE alert_hour (
    camera_id BIGINT NOT NULL,
    hour TIMESTAMPTZ NOT NULL,
    alerts BIGINT NOT NULL,
    PRIMARY KEY (camera_id, hour)
);
CREATE INDEX alert_hour_hour ON alert_hour (hour);
CREATE TABLE audit (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    actor VARCHAR(80) NOT NULL,
    action VARCHAR(64) NOT NULL,
    target VARCHAR(120) NOT NULL,
    before JSONB,
    after JSONB,
    address VARCHAR(64) NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE TABLE device (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    name VARCHAR(120) NOT NULL,
    state VARCHAR(16) NOT NULL
        CHECK (state::text = ANY (ARRAY['preauthorised'::text, 'pending'::text, 'approved'::text, 'revoked'::text])),
    created_at TIMESTAMPTZ NOT NULL,
    approved_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    token_sha256 BYTEA,
    token_expires_at TIMESTAMPTZ,
    csr_pem TEXT,
    certificate_pem TEXT,
    certificate_serial VARCHAR(64),
    desired_revision BIGINT NOT NULL,
    reported_revision BIGINT NOT NULL,
    reported_at TIMESTAMPTZ,
    version VARCHAR(64) NOT NULL,
    online BOOLEAN NOT NULL,
    online_since TIMESTAMPTZ,
    health JSONB,
    health_at TIMESTAMPTZ
);
CREATE TABLE camera (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    name VARCHAR(120) NOT NULL,
    location VARCHAR(200) NOT NULL,
    source_url_sealed BYTEA NOT NULL,
    device_id VARCHAR(64),
    enabled BOOLEAN NOT NULL,
    settings JSONB NOT NULL,
    pin VARCHAR(8) CHECK (pin::text = ANY (ARRAY['start'::text, 'stop'::text])),
    pinned_by VARCHAR(64),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    revision BIGINT NOT NULL,
    state VARCHAR(16) NOT NULL,
    state_reason VARCHAR(500) NOT NULL,
    state_since TIMESTAMPTZ,
    stream_state VARCHAR(16) NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    fps DOUBLE PRECISION NOT NULL,
    codec VARCHAR(32) NOT NULL,
    FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE SET NULL
);
CREATE INDEX camera_device_id ON camera (device_id);
CREATE TABLE dead_letter (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    received_at TIMESTAMPTZ NOT NULL,
    topic TEXT NOT NULL,
    payload BYTEA NOT NULL,
    reason TEXT NOT NULL
);
CREATE TABLE lease (
    camera_id BIGINT NOT NULL,
    viewer VARCHAR(80) NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (camera_id, viewer),
    FOREIGN KEY (camera_id) REFERENCES camera (id) ON DELETE CASCADE
);
CREATE INDEX lease_camera_id ON lease (camera_id);
CREATE INDEX lease_expires_at ON lease (expires_at);
CREATE TABLE revoked_certificate (
    serial VARCHAR(64) NOT NULL PRIMARY KEY,
    device_id VARCHAR(64) NOT NULL,
    revoked_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE app_user (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    username VARCHAR(64) NOT NULL,
    password_hash TEXT NOT NULL,
    role VARCHAR(16) NOT NULL CHECK (role::text = ANY (ARRAY['admin'::text, 'operator'::text, 'viewer'::text])),
    all_cameras BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    disabled_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX app_user_username ON app_user (username);
CREATE TABLE session (
    id UUID NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    refresh_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    address VARCHAR(64) NOT NULL,
    user_agent VARCHAR(300) NOT NULL,
    FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
);
CREATE INDEX session_user_id ON session (user_id);
CREATE TABLE user_camera (
    user_id BIGINT NOT NULL,
    camera_id BIGINT NOT NULL,
    PRIMARY KEY (user_id, camera_id),
    FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE,
    FOREIGN KEY (camera_id) REFERENCES camera (id) ON DELETE CASCADE
);
CREATE INDEX user_camera_user_id ON user_camera (user_id);
CREATE INDEX user_camera_camera_id ON user_camera (camera_id);
"""

TRIGGERS = """\
CREATE FUNCTION alert_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('watchpost.alert', 0));
    RETURN NULL;
END $$;
CREATE TRIGGER alert_in_turn BEFORE INSERT OR UPDATE ON alert
FOR EACH STATEMENT EXECUTE FUNCTION alert_in_turn();
CREATE FUNCTION alert_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO alert_hour AS kept (camera_id, hour, alerts)
    SELECT camera_id, date_trunc('hour', opened_at, 'UTC') AS hour, count(*) FROM added GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (camera_id, hour) DO UPDATE SET alerts = kept.alerts + excluded.alerts;
    RETURN NULL;
END $$;
CREATE TRIGGER alert_counted AFTER INSERT ON alert REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION alert_counted();
CREATE FUNCTION alert_uncounted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE alert_hour AS kept SET alerts = kept.alerts - gone.alerts FROM (
        SELECT camera_id, date_trunc('hour', opened_at, 'UTC') AS hour, count(*) AS alerts FROM removed GROUP BY 1, 2
    ) AS gone WHERE kept.camera_id = gone.camera_id AND kept.hour = gone.hour;
    DELETE FROM alert_hour WHERE alerts <= 0;
    RETURN NULL;
END $$;
CREATE TRIGGER alert_uncounted AFTER DELETE ON alert REFERENCING OLD TABLE AS removed
FOR EACH STATEMENT EXECUTE FUNCTION alert_uncounted();
CREATE FUNCTION alert_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM alert_hour;
    RETURN NULL;
END $$;
CREATE TRIGGER alert_emptied AFTER TRUNCATE ON alert FOR EACH STATEMENT EXECUTE FUNCTION alert_emptied();
CREATE FUNCTION alert_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'id, opened_at, camera_id of an alert are fixed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER alert_fixed BEFORE UPDATE ON alert FOR EACH ROW
WHEN (OLD.id <> NEW.id OR OLD.opened_at <> NEW.opened_at OR OLD.camera_id <> NEW.camera_id)
EXECUTE FUNCTION alert_fixed();
CREATE FUNCTION audit_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever added to' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_fixed BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_fixed();
CREATE TABLE alert_other PARTITION OF alert DEFAULT;
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql(TABLES)
    db.execute_sql(TRIGGERS)
