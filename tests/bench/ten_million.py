"""A hub with very many alerts: a year of them, month by month, filled beside their place and attached with all indexes.

Rows go in as `hub.store.partitions` would have them: each month one partition, hourly counts exact.
"""

import sys
import time
from datetime import datetime, timedelta
from typing import Any

from hub.store.partitions import create_month, month_of, next_month, partition_name

MONTHS = 12
CAMERAS = 100
DEVICES = 20
PICTURE = 40_000
FILL = f"""
INSERT INTO {{name}} (id, opened_at, closed_at, received_at, camera_id, device_id, faces, score, box, picture_segment,
    picture_offset, picture_length, picture_sha256, acknowledged_by, acknowledged_at, note)
SELECT gen_random_uuid(), at, at + interval '12 s', at + interval '1 s', 1 + n %% {CAMERAS},
    'device-' || n %% {DEVICES},
    1, 0.5 + random() / 2, '[100.0, 80.0, 64.0, 64.0]', (n / 6000)::int, (n %% 6000) * {PICTURE}, {PICTURE},
    decode(md5(n::text) || md5(n::text), 'hex'),
    CASE WHEN n %% 50 = 0 THEN 'ann' END, CASE WHEN n %% 50 = 0 THEN at + interval '1 h' END, ''
FROM (SELECT n, %s::timestamptz + (n - %s) * ((%s::timestamptz - %s::timestamptz) / %s) AS at
    FROM generate_series(%s, %s) AS n) AS rows
"""
COUNT = """
INSERT INTO alert_hour (camera_id, hour, alerts)
SELECT camera_id, date_trunc('hour', opened_at, 'UTC'), count(*) FROM {name} GROUP BY 1, 2
"""


def fill(database: Any, rows: int, now: datetime) -> None:
    """Rows spread evenly over the year that ends now; says how far it is."""
    months = [month_of(now)]
    while len(months) < MONTHS:
        months.append(month_of(months[-1] - timedelta(days=1)))
    share, first = rows // MONTHS, 1
    began = time.monotonic()
    for month in reversed(months):
        with database.atomic():
            _fill_month(database, month, first, share, now)
        first += share
        _say(f"\r{first - 1:>12,} alerts  {time.monotonic() - began:6.0f} s")
    create_month(next_month(month_of(now)))
    _say("\nanalyzing ...\n")
    database.execute_sql("VACUUM (ANALYZE, FREEZE) alert")
    database.execute_sql("VACUUM ANALYZE alert_hour")
    database.execute_sql("CHECKPOINT")


def _fill_month(database: Any, month: datetime, first: int, share: int, now: datetime) -> None:
    name, end = partition_name(month), min(next_month(month), now)
    database.execute_sql(
        f"CREATE TABLE {partition_name(month, 'alert_hour')} PARTITION OF alert_hour FOR VALUES FROM (%s) TO (%s)",
        (month, next_month(month)),
    )
    database.execute_sql(f"CREATE TABLE {name} (LIKE alert INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    database.execute_sql(FILL.format(name=name), (month, first, end, month, share, first, first + share - 1))
    database.execute_sql(
        f"ALTER TABLE alert ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", (month, next_month(month))
    )
    database.execute_sql(COUNT.format(name=name))


def _say(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)
