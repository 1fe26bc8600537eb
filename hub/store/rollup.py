"""How many alerts in each hour or day, from the counts that the database keeps beside the alerts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from hub.store.models import database

Bucket = Literal["hour", "day"]
LENGTH: dict[Bucket, timedelta] = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


def counts(
    bucket: Bucket, since: datetime, until: datetime, camera_ids: frozenset[int] | None
) -> list[tuple[datetime, int]]:
    """Every bucket from the one that holds `since` to the last that begins before `until`; empty ones count 0."""
    begin = floor(since, bucket)
    cameras = "" if camera_ids is None else "AND camera_id = ANY(%s::bigint[])"
    values: list[object] = [bucket, begin, until, *([] if camera_ids is None else [sorted(camera_ids)])]
    # By the hour first, in plain integers: to cut each camera's hours to days would cost more than adding them up.
    found = database.execute_sql(
        "SELECT date_trunc(%s, hour, 'UTC'), sum(alerts)::bigint FROM ("
        "SELECT hour, sum(alerts::int) AS alerts FROM alert_hour "
        f"WHERE hour >= %s AND hour < %s {cameras} GROUP BY hour) AS hours GROUP BY 1",
        values,
    )
    counted = dict(found.fetchall())
    return [(at, counted.get(at, 0)) for at in _buckets(begin, until, LENGTH[bucket])]


def floor(moment: datetime, bucket: Bucket) -> datetime:
    """The beginning of the bucket, in UTC, that a moment belongs to."""
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour if bucket == "hour" else hour.replace(hour=0)


def _buckets(begin: datetime, until: datetime, length: timedelta) -> Iterator[datetime]:
    for number in range(-((begin - until) // length)):  # by number: the end of the last may be past all times
        yield begin + number * length
