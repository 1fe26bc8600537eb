"""What pages ask of alerts beside the list: the one before and the one behind, the note, the busiest cameras."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from peewee import SQL

from hub.store import rows
from hub.store.alerts import AlertRow
from hub.store.listing import NEWEST_FIRST, OLDEST_FIRST, Page, Position, Wanted, Way, page
from hub.store.models import Alert, AlertHour

STRETCHES = 40  # how far to look for what a filter lets through


class Acknowledgement(NamedTuple):
    """When somebody said that they had seen to it, and what they wrote."""

    at: datetime | None
    note: str


def found(wanted: Wanted, limit: int, after: Position | None, way: Way = NEWEST_FIRST) -> Page[AlertRow]:
    """A page with something on it, if there is anything within many stretches."""
    some = page(wanted, limit, after, way)
    for _ in range(STRETCHES):
        if some.rows or some.next is None:
            break
        some = page(wanted, limit, some.next, way)
    return some


def older(wanted: Wanted, row: AlertRow) -> UUID | None:
    """The next in the list."""
    return _neighbour(wanted, row, NEWEST_FIRST)


def newer(wanted: Wanted, row: AlertRow) -> UUID | None:
    """The one before in the list."""
    return _neighbour(wanted, row, OLDEST_FIRST)


def _neighbour(wanted: Wanted, row: AlertRow, way: Way) -> UUID | None:
    behind = found(wanted, 1, Position(row.opened_at, row.id), way).rows
    return behind[0].id if behind else None


def acknowledgement(row: AlertRow) -> Acknowledgement:
    """What was written when it was acknowledged."""
    query = Alert.select(Alert.acknowledged_at, Alert.note)
    found = rows.tuples(query.where(Alert.id == row.id, Alert.opened_at == row.opened_at))
    return Acknowledgement(*found[0]) if found else Acknowledgement(None, "")


def acknowledgements(alerts: Sequence[AlertRow]) -> dict[UUID, Acknowledgement]:
    """What was written, by alert, for those of a page that were acknowledged."""
    seen = [row for row in alerts if row.acknowledged_by]
    if not seen:
        return {}
    times = [row.opened_at for row in seen]
    query = Alert.select(Alert.id, Alert.acknowledged_at, Alert.note).where(
        Alert.id.in_([row.id for row in seen]), Alert.opened_at.between(min(times), max(times))
    )
    return {UUID(str(alert_id)): Acknowledgement(at, note) for alert_id, at, note in rows.tuples(query)}


def oldest() -> datetime | None:
    """When the oldest alert that is still kept opened."""
    found = rows.column(Alert.select(Alert.opened_at).order_by(Alert.opened_at).limit(1))
    return found[0] if found else None


def counts(camera_ids: frozenset[int] | None, since: datetime, until: datetime | None = None) -> dict[int, int]:
    """How many alerts each camera had from the beginning of an hour (to that of another), from the hourly counts."""
    query = AlertHour.select(AlertHour.camera_id, SQL("sum(alerts)::bigint")).where(AlertHour.hour >= since)
    if camera_ids is not None:
        query = query.where(_among(camera_ids, AlertHour.camera_id))
    if until is not None:
        query = query.where(AlertHour.hour < until)
    return dict(rows.tuples(query.group_by(AlertHour.camera_id)))


def hourly(camera_ids: Sequence[int], since: datetime) -> dict[int, dict[datetime, int]]:
    """By camera and hour, from the beginning of an hour; hours in which nobody came are not told."""
    query = AlertHour.select(AlertHour.camera_id, AlertHour.hour, AlertHour.alerts)
    query = query.where(AlertHour.hour >= since, _among(frozenset(camera_ids), AlertHour.camera_id))
    found: dict[int, dict[datetime, int]] = {}
    for camera_id, hour, alerts in rows.tuples(query):
        found.setdefault(camera_id, {})[hour] = alerts
    return found


def _among(camera_ids: frozenset[int], column: Any) -> Any:
    wanted = sorted(camera_ids)
    return column.in_(wanted) if wanted else SQL("FALSE")
