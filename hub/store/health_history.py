"""The history of devices' health: a mean for each minute of a day, for each quarter of an hour of a month."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import fn

from hub.store.models import HealthSample, database

MINUTE_S, QUARTER_S = 60, 900
DAY, MONTH = timedelta(days=1), timedelta(days=30)
STEPS_S = (60, 300, 900, 3600, 3 * 3600, 86400)
MOST = 300  # what one answer holds
ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
MEASURES = (
    "cpu_percent",
    "temperature_c",
    "memory_mb",
    "disk_free_mb",
    "outbox_length",
    "outbox_oldest_s",
    "inference_ms",
    "lag_ms",
    "glass_to_alert_ms",
    "throttled",
)
MEANS = ", ".join(f"avg({name}) AS {name}" for name in MEASURES)
SERIES = f"""
SELECT device_id, date_bin(%s, at, %s) AS at, {MEANS} FROM health_sample
WHERE device_id = ANY(%s) AND span_s IN ({MINUTE_S}, {QUARTER_S}) AND at >= %s AND at < %s
GROUP BY 1, 2 ORDER BY 1, 2"""
THIN = f"""
WITH gone AS (DELETE FROM health_sample WHERE span_s = {MINUTE_S} AND at < %s RETURNING *)
INSERT INTO health_sample (device_id, span_s, at, {", ".join(MEASURES)})
SELECT device_id, {QUARTER_S}, date_bin('15 minutes', at, %s), {", ".join(f"avg({name})" for name in MEASURES)}
FROM gone GROUP BY 1, 3 ON CONFLICT DO NOTHING"""
Row = dict[str, Any]


def add(device_id: str, at: datetime, measures: Mapping[str, float | None]) -> None:
    """Keep the figures of a minute; what is said twice in one minute counts once, so nobody can fill the table."""
    key = {"device": device_id, "span_s": MINUTE_S, "at": at.replace(second=0, microsecond=0)}
    insert = HealthSample.insert({**key, **measures})
    conflict = (HealthSample.device, HealthSample.span_s, HealthSample.at)
    insert.on_conflict(conflict_target=conflict, update=dict(measures)).execute()


def of_device(device_id: str, since: datetime, until: datetime, step_s: int) -> list[Row]:
    """The means of each step that has any, oldest first: `{"at", ...MEASURES}`."""
    rows = _series([device_id], since, until, step_s)
    return [{name: value for name, value in row.items() if name != "device_id"} for row in rows]


def of_devices(device_ids: list[str], since: datetime, until: datetime, step_s: int) -> dict[str, list[Row]]:
    """The same for some devices, by id."""
    found: dict[str, list[Row]] = {}
    for row in _series(device_ids, since, until, step_s):
        found.setdefault(row["device_id"], []).append(row)
    return found


def oldest(device_ids: list[str]) -> datetime | None:
    """When the history of these devices begins."""
    of_these = HealthSample.select(fn.min(HealthSample.at)).where(HealthSample.device.in_(device_ids))
    found: datetime | None = of_these.scalar()
    return found


def step_for(span: timedelta) -> int:
    """The finest step, in seconds, that gives at most MOST rows; the coarsest for more than any."""
    return next((step for step in STEPS_S if span.total_seconds() / step <= MOST), STEPS_S[-1])


def thin(now: datetime) -> None:
    """Put minutes older than a day together into quarters of an hour; forget what is older than a month."""
    quarter = now - DAY - timedelta(seconds=(now - ORIGIN).total_seconds() % QUARTER_S)
    database.execute_sql(THIN, (quarter, ORIGIN))
    HealthSample.delete().where(HealthSample.at < now - MONTH).execute()  # type: ignore[misc]


def _series(device_ids: list[str], since: datetime, until: datetime, step_s: int) -> list[Row]:
    step = timedelta(seconds=step_s)
    cursor = database.execute_sql(SERIES, (step, ORIGIN, device_ids, since, until))
    return [dict(zip(("device_id", "at", *MEASURES), row, strict=True)) for row in cursor.fetchall()]
