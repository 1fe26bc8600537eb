"""The months that alerts and their hourly counts are split into: made when the first alert of one comes, or before."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hub.store.models import database

OLDEST = timedelta(days=5 * 366)
AHEAD = timedelta(days=40)
WAIT = "SET LOCAL lock_timeout = '1s'"  # whoever waits for a table makes everybody behind wait: a dump takes minutes
LOCK = "hashtextextended('watchpost.partition', 0)"
SPLIT = {"alert": "opened_at", "alert_hour": "hour"}  # by table, the column that says the month


def month_of(moment: datetime) -> datetime:
    """The first instant of the month, in UTC, that a moment belongs to."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """The first instant of the month after."""
    return (month + timedelta(days=31)).replace(day=1)


def partition_name(month: datetime, table: str = "alert") -> str:
    """The table that holds one month of another."""
    return f"{table}_{month:%Y_%m}"


class Months:
    """Makes sure of the months that rows go to, asking the database once for each.

    Times that only a wrong clock can tell, over five years old or in the future, go to the one default partition
    `…_other` of each table, so that no device can make the hub create thousands of tables.
    """

    def __init__(self) -> None:
        self._known: set[datetime] = set()

    def ensure(self, moments: Iterable[datetime], now: datetime) -> None:
        """Create what is missing of the months of these moments, which are in UTC."""
        some_of_each = {(moment.year, moment.month): moment for moment in moments}.values()
        for month in {month_of(moment) for moment in some_of_each} - self._known:
            if now - OLDEST < month < now + AHEAD:
                create_month(month)
                self._known.add(month)


def create_month(month: datetime) -> None:
    """Create a month's partitions unless they exist, and bring home what the default ones hold of it.

    OperationalError while somebody reads all of the table, as a backup does: try again later.
    """
    with database.atomic():
        database.execute_sql(WAIT)
        database.execute_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        if month in existing_months():
            return
        for table, column in SPLIT.items():
            _attach(table, column, month)


def _attach(table: str, column: str, month: datetime) -> None:
    # Moved from leaf to leaf, so that the hourly counts, which hear only of the whole table, stay as they are.
    name, end = partition_name(month, table), next_month(month)
    database.execute_sql(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    database.execute_sql(
        f"WITH moved AS (DELETE FROM {table}_other WHERE {column} >= %s AND {column} < %s RETURNING *) "
        f"INSERT INTO {name} SELECT * FROM moved",
        (month, end),
    )
    database.execute_sql(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", (month, end))


def drop_month(month: datetime) -> None:
    """Drop a month with its hourly counts: two files removed instead of millions of rows deleted.

    OperationalError while somebody reads all of the table, as a backup does: try again later.
    """
    with database.atomic():
        database.execute_sql(WAIT)
        for table in SPLIT:
            database.execute_sql(f"DROP TABLE IF EXISTS {partition_name(month, table)}")
        # A month that a program from before made has no counts of its own.
        database.execute_sql("DELETE FROM alert_hour_other WHERE hour >= %s AND hour < %s", (month, next_month(month)))


def existing_months() -> list[datetime]:
    """The months that have a partition, oldest first."""
    cursor = database.execute_sql(
        "SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = 'alert'::regclass AND c.relname <> 'alert_other' ORDER BY 1"
    )
    return [datetime.strptime(name, "alert_%Y_%m").replace(tzinfo=UTC) for (name,) in cursor.fetchall()]
