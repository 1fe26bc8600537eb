"""The list of alerts with its filters; the address says all of what is shown."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from hub.api import cursors
from hub.api.alert_item import item
from hub.auth.guard import Principal, Role
from hub.dashboard import alert_views
from hub.dashboard.alert_filters import RANGES, AlertFilters, utc_text
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory
from hub.dashboard.rendering import viewer_now
from hub.errors import Malformed
from hub.store import alert_walks, alerts
from hub.store.listing import Position, Wanted

blueprint = Blueprint("alert_list_page", __name__)
PAGE = 60
OUTLINE = ("id", "name", "location")


@blueprint.get("/alerts")
@page()
def alert_list(user: Principal) -> Response:
    """A page of alerts, newest first, and the way to older ones."""
    cursor = str(alerts.last_ordinal())  # before the alerts are read: told twice, never missed
    now, inventory = viewer_now(), Inventory.of(user)
    filters = AlertFilters.read(request.args, now.tzinfo or UTC)
    after = _position(request.args.get("cursor", ""))
    found = alert_walks.found(wanted(user, filters, inventory, now), PAGE, after)
    shown = [alert_views.shown(item(row), inventory.cameras, now) for row in found.rows]
    total = _total(user, filters, inventory, now)
    return shell(
        "alerts.html",
        user,
        "alerts",
        filters=filters,
        query=filters.address(),
        ranges=[(name, label) for name, (label, _) in RANGES.items()],
        range_links={name: _at_range(filters, name) for name in RANGES},
        camera_options=[(str(camera["id"]), camera["name"]) for camera in inventory.cameras.values()],
        place_options=[(place, place) for place in inventory.places],
        days=alert_views.by_day(shown, now),
        older=_older(filters, found.next) if found.next else None,
        unseen=any(not alert["acknowledged_by"] for alert in shown),
        count_text=count_text(len(shown), total, whole=found.next is None),
        data={**_data(user, filters, inventory, now), "cursor": cursor, "total": total},
    )


def wanted(user: Principal, filters: AlertFilters, inventory: Inventory, now: datetime) -> Wanted:
    """What a user's filters mean: a place stands for its cameras."""
    since, until = filters.shown(now)
    chosen = user.camera_ids
    if filters.location is not None:
        chosen = frozenset(inventory.at_place(filters.location))
    if filters.camera_id is not None:
        chosen = frozenset({filters.camera_id}) if chosen is None else chosen & {filters.camera_id}
    return Wanted(
        camera_ids=chosen,
        since=since,
        until=until,
        min_score=filters.min_score,
        acknowledged=filters.acknowledged,
    )


def count_text(shown: int, total: int | None, *, whole: bool) -> str:
    """How many there are, as far as anybody knows."""
    if not shown and not whole:
        return "The latest visits"
    count = shown if total is None else total
    visits = f"{count:,} visit{'' if count == 1 else 's'}"
    return visits if whole or total is not None else f"The latest {visits}"


def _total(user: Principal, filters: AlertFilters, inventory: Inventory, now: datetime) -> int | None:
    """How many fit, where the hourly counts can tell: whole hours, every score, seen or not."""
    if filters.picked or filters.min_score is not None or filters.acknowledged is not None:
        return None
    whose = wanted(user, filters, inventory, now).camera_ids
    return sum(alert_walks.counts(whose, filters.window(now)[0]).values())


def _data(user: Principal, filters: AlertFilters, inventory: Inventory, now: datetime) -> dict[str, Any]:
    """What the page's script goes on with."""
    span = filters.window(now)
    since, until = filters.shown(now)
    return {
        "cameras": [{name: camera[name] for name in OUTLINE} for camera in inventory.cameras.values()],
        "query": filters.address(),
        "api_query": filters.api_query(now),
        "read_at": utc_text(now),
        "range": [utc_text(time) for time in span],
        "bucket": filters.bucket,
        "picked": [utc_text(since), utc_text(until or now)] if filters.picked else None,
        "stats_of": _stats_of(filters, inventory),
        "username": user.username,
        "may_acknowledge": user.role.includes(Role.OPERATOR),
    }


def _stats_of(filters: AlertFilters, inventory: Inventory) -> list[int] | None:
    """The cameras whose counts make the timeline; None: all."""
    if filters.camera_id is not None:
        return [filters.camera_id]
    return inventory.at_place(filters.location) if filters.location is not None else None


def _at_range(filters: AlertFilters, name: str) -> str:
    return "/alerts" + replace(filters, range=name, since=None, until=None).address()


def _older(filters: AlertFilters, position: Position) -> str:
    address = filters.address()
    return f"/alerts{address}{'&' if address else '?'}cursor={cursors.of_position(position)}"


def _position(text: str) -> Position | None:
    """The position that an `older` link names; a broken link begins at the top."""
    try:
        return cursors.position_of(text) if text else None
    except Malformed:
        return None
