"""Each time that this hub came back from a backup: what the world has seen since then must not seem to come again."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from hub.store import rows
from hub.store.models import Restoration

# Numbers that only grow went back with the rest. They go on from the clock, which is ahead of any that was ever given
# out: a device's revision grows less than once a second, the ordinal of alerts less than a thousand times.
REVISIONS = "UPDATE device SET desired_revision = greatest(desired_revision, %s)"
ORDINALS = "SELECT setval('alert_ordinal', greatest(nextval('alert_ordinal'), %s))"
NOTE = "INSERT INTO restoration (id, restored_at) VALUES (%s, %s)"


def begin(database: Any, now: datetime) -> UUID:
    """Note a restoration, and go on beyond all numbers that devices and dashboards may have seen. One transaction."""
    seconds, recall = int(now.timestamp()), uuid4()
    with database.atomic():
        database.execute_sql(REVISIONS, (seconds,))
        database.execute_sql(ORDINALS, (seconds * 1000,))
        database.execute_sql(NOTE, (str(recall), now))
    return recall


def latest() -> UUID | None:
    """The last one: devices offer again, once, what they still keep."""
    found = rows.column(Restoration.select(Restoration.id).order_by(Restoration.restored_at.desc()).limit(1))
    return found[0] if found else None
