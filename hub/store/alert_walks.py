"""Walks along the alerts as pages need them: a list from anywhere, the next and the previous, those around one in time.

Each is a few steps along an index (opened_at, id), however many alerts there are; nothing counts or skips.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any
from uuid import UUID

from peewee import SQL, Tuple, fn

from hub.store import rows
from hub.store.models import Alert, AlertHour, database
from hub.store.notify import ALERT, notify

NEWEST = (Alert.opened_at.desc(), Alert.id.desc())
OLDEST = (Alert.opened_at.asc(), Alert.id.asc())
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts; None is no condition. `since` is included, `until` is not. `camera_ids` empty: none at all."""

    camera_ids: frozenset[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_score: float | None = None
    acknowledged: bool | None = None

    def condition(self) -> Any:
        """The same for a query."""
        parts: list[Any] = [SQL("TRUE") if self.camera_ids is None else _among(self.camera_ids)]
        if self.since is not None:
            parts.append(Alert.opened_at >= self.since)
        if self.until is not None:
            parts.append(Alert.opened_at < self.until)
        if self.min_score is not None:
            parts.append(Alert.score >= self.min_score)
        if self.acknowledged is not None:
            parts.append(Alert.acknowledged_by.is_null(not self.acknowledged))
        return reduce(and_, parts)


def place(alert: Alert) -> Place:
    """Where an alert stands in the list."""
    return alert.opened_at, alert.id


def listing(wanted: Wanted, limit: int, behind: Place | None = None) -> list[Alert]:
    """The newest alerts, or those that come behind a place."""
    condition = wanted.condition()
    if behind is not None:
        condition &= Tuple(Alert.opened_at, Alert.id) < Tuple(*behind)
    return rows.models(Alert.select().where(condition).order_by(*NEWEST).limit(limit), Alert)


def older(wanted: Wanted, alert: Alert) -> Alert | None:
    """The next in the list."""
    return next(iter(listing(wanted, 1, place(alert))), None)


def newer(wanted: Wanted, alert: Alert) -> Alert | None:
    """The one before in the list."""
    condition = wanted.condition() & (Tuple(Alert.opened_at, Alert.id) > Tuple(*place(alert)))
    return rows.first(Alert.select().where(condition).order_by(*OLDEST).limit(1), Alert)


def one(alert_id: UUID) -> Alert | None:
    """The alert of this id."""
    return rows.first(Alert.select().where(Alert.id == alert_id).limit(1), Alert)


def around(camera_ids: frozenset[int] | None, alert: Alert, within: timedelta, limit: int) -> list[Alert]:
    """What other cameras saw in the same minutes, in order of time."""
    wanted = Wanted(camera_ids, alert.opened_at - within, alert.opened_at + within)
    condition = wanted.condition() & (Alert.camera_id != alert.camera_id)
    found = Alert.select().where(condition).order_by(*OLDEST).limit(limit)
    return rows.models(found, Alert)


def acknowledge(alert: Alert, username: str, note: str) -> None:
    """Write down who saw it; every page is told."""
    values = {"acknowledged_by": username, "acknowledged_at": datetime.now(UTC), "note": note}
    with database.atomic():
        ordinal = fn.NEXTVAL("alert_ordinal")
        change = Alert.update({**values, "ordinal": ordinal})
        changed = change.where(Alert.id == alert.id, Alert.opened_at == alert.opened_at)
        for (number,) in rows.tuples(changed.returning(Alert.ordinal)):
            notify(ALERT, str(number))


def counts(camera_ids: frozenset[int] | None, since: datetime) -> dict[int, int]:
    """How many alerts each camera had since the beginning of an hour, from the hourly counts."""
    whose = SQL("TRUE") if camera_ids is None else _among(camera_ids, AlertHour.camera_id)
    total = SQL("sum(alerts)::bigint")
    query = AlertHour.select(AlertHour.camera_id, total).where(whose, AlertHour.hour >= since)
    return dict(rows.tuples(query.group_by(AlertHour.camera_id)))


def _among(camera_ids: Iterable[int], column: Any = Alert.camera_id) -> Any:
    wanted = sorted(camera_ids)
    return column.in_(wanted) if wanted else SQL("FALSE")
