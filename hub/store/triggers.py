"""What the database itself keeps true and peewee cannot say: the order of ordinals, hourly counts, the audit log."""

STATEMENTS = (
    # A sequence is not handed out in the order of commits: a reader that has seen 7 may see 6 appear later. So every
    # statement that writes alerts first takes one lock, held until COMMIT; whoever sees an ordinal sees all before it.
    """
CREATE FUNCTION alert_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('watchpost.alert', 0));
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER alert_in_turn BEFORE INSERT OR UPDATE ON alert
FOR EACH STATEMENT EXECUTE FUNCTION alert_in_turn()
""",
    """
CREATE FUNCTION alert_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO alert_hour AS kept (camera_id, hour, alerts)
    SELECT camera_id, date_trunc('hour', opened_at, 'UTC') AS hour, count(*) FROM added GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (camera_id, hour) DO UPDATE SET alerts = kept.alerts + excluded.alerts;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER alert_counted AFTER INSERT ON alert REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION alert_counted()
""",
    """
CREATE FUNCTION alert_uncounted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE alert_hour AS kept SET alerts = kept.alerts - gone.alerts FROM (
        SELECT camera_id, date_trunc('hour', opened_at, 'UTC') AS hour, count(*) AS alerts FROM removed GROUP BY 1, 2
    ) AS gone WHERE kept.camera_id = gone.camera_id AND kept.hour = gone.hour;
    DELETE FROM alert_hour WHERE alerts <= 0;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER alert_uncounted AFTER DELETE ON alert REFERENCING OLD TABLE AS removed
FOR EACH STATEMENT EXECUTE FUNCTION alert_uncounted()
""",
    """
CREATE FUNCTION alert_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM alert_hour;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER alert_emptied AFTER TRUNCATE ON alert FOR EACH STATEMENT EXECUTE FUNCTION alert_emptied()
""",
    """
CREATE FUNCTION alert_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'id, opened_at, camera_id of an alert are fixed' USING ERRCODE = 'integrity_constraint_violation';
END $$
""",
    """
CREATE TRIGGER alert_fixed BEFORE UPDATE ON alert FOR EACH ROW
WHEN (OLD.id <> NEW.id OR OLD.opened_at <> NEW.opened_at OR OLD.camera_id <> NEW.camera_id)
EXECUTE FUNCTION alert_fixed()
""",
    """
CREATE FUNCTION audit_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever added to' USING ERRCODE = 'integrity_constraint_violation';
END $$
""",
    """
CREATE TRIGGER audit_fixed BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_fixed()
""",
    "CREATE TABLE alert_other PARTITION OF alert DEFAULT",
    "CREATE TABLE alert_hour_other PARTITION OF alert_hour DEFAULT",
    "CREATE SEQUENCE picture_segment AS integer",
)
