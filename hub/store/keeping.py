"""For how long and in how much room alerts and pictures are kept: what an admin has set, else the settings."""

from dataclasses import asdict, dataclass

from hub.store import rows
from hub.store.models import Retention

ONLY = 1
GB = 1024**3


@dataclass(frozen=True, slots=True)
class Limits:
    """Days and gigabytes (2^30 bytes); 0 is for ever, or all."""

    alert_days: int = 0
    alert_gb: int = 0
    picture_days: int = 0
    picture_gb: int = 0


def limits(default: Limits) -> Limits:
    """What holds now."""
    row = rows.first(Retention.select().where(Retention.id == ONLY), Retention)
    if row is None:
        return default
    return Limits(row.alert_days, row.alert_gb, row.picture_days, row.picture_gb)


def set_limits(wanted: Limits) -> None:
    """Let these hold from the next hour on, instead of the settings; part of the running transaction."""
    insert = Retention.insert(id=ONLY, **asdict(wanted))
    insert.on_conflict(conflict_target=[Retention.id], update=asdict(wanted)).execute()
