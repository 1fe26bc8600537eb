"""Hourly counts split by month as the alerts are, so that a month goes with its counts in no time.

Copies every count once, ten million alerts of a hundred cameras in a few seconds; alerts wait for it.
"""

from typing import Any

from playhouse.migrate import SchemaMigrator

STATEMENTS = """\
LOCK TABLE alert IN SHARE MODE;
ALTER TABLE alert_hour RENAME TO alert_hour_before;
ALTER INDEX alert_hour_pkey RENAME TO alert_hour_before_pkey;
ALTER INDEX alert_hour_hour RENAME TO alert_hour_before_hour;
CREATE TABLE alert_hour (
    camera_id BIGINT NOT NULL,
    hour TIMESTAMPTZ NOT NULL,
    alerts BIGINT NOT NULL,
    PRIMARY KEY (camera_id, hour)
) PARTITION BY RANGE (hour);
CREATE TABLE alert_hour_other PARTITION OF alert_hour DEFAULT;
DO $$
DECLARE
    month text;
BEGIN
    FOR month IN
        SELECT right(c.relname, 7) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'alert'::regclass AND c.relname <> 'alert_other'
    LOOP
        EXECUTE format('CREATE TABLE alert_hour_%%s PARTITION OF alert_hour FOR VALUES FROM (%%L) TO (%%L)', month,
            to_timestamp(month, 'YYYY_MM'), to_timestamp(month, 'YYYY_MM') + interval '1 month');
    END LOOP;
END $$;
INSERT INTO alert_hour SELECT * FROM alert_hour_before;
DROP TABLE alert_hour_before;
CREATE INDEX alert_hour_hour ON alert_hour (hour);
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql(STATEMENTS)
