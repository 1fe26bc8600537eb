"""Which alerts are forgotten: those past their time, and the oldest beyond their room."""

from datetime import datetime, timedelta

from hub.store.models import database
from hub.store.partitions import drop_month, existing_months, next_month

CHUNK = 5000
ALERT_BYTES = 450  # of one row with its index entries, as `make bench-hub` measures it at ten million
HOUR = timedelta(hours=1)
# The hourly counts are exact: adding them up from the newest tells in which hour the room ends.
OVER = """
SELECT max(hour) FROM (SELECT hour, sum(sum(alerts)) OVER (ORDER BY hour DESC) AS newer FROM alert_hour GROUP BY hour)
AS added WHERE newer > %s
"""


def forget_alerts(before: datetime) -> int:
    """Remove alerts that opened before a moment: whole months are dropped, the rest goes by rows; how many months."""
    months = [month for month in existing_months() if next_month(month) <= before]
    for month in months:
        drop_month(month)
    while _forget_chunk(before) == CHUNK:
        pass
    return len(months)


def forget_alerts_beyond(room: int) -> int:
    """Remove the oldest alerts, by the hour, until the rest fits into `room` bytes; how many months went whole."""
    (hour,) = database.execute_sql(OVER, (max(1, room // ALERT_BYTES),)).fetchone()
    return forget_alerts(hour + HOUR) if hour is not None else 0


def _forget_chunk(before: datetime) -> int:
    cursor = database.execute_sql(
        "DELETE FROM alert WHERE opened_at < %s AND (id, opened_at) IN "
        f"(SELECT id, opened_at FROM alert WHERE opened_at < %s ORDER BY opened_at LIMIT {CHUNK})",
        (before, before),
    )
    return int(cursor.rowcount)
