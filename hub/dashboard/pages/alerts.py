"""The list of alerts with its filters; the address says all of what is shown."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request

from hub.auth.guard import Principal, Role
from hub.dashboard import alert_views
from hub.dashboard.alert_filters import RANGES, AlertFilters, utc_text
from hub.dashboard.alert_shapes import shape
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory
from hub.dashboard.rendering import viewer_now
from hub.store import alert_walks, live_cursor
from hub.store.alert_walks import Place, Wanted
from hub.store.models import Alert

blueprint = Blueprint("alert_list_page", __name__)
PAGE = 60
OUTLINE = ("id", "name", "location")


@blueprint.get("/alerts")
@page()
def alert_list(user: Principal) -> Response:
    """A page of alerts, newest first, and the way to older ones."""
    now, filters, cursor = viewer_now(), AlertFilters.read(request.args), live_cursor.newest()
    inventory = Inventory.of(user)
    behind = _behind(request.args.get("behind", ""))
    found = alert_walks.listing(wanted(user, filters, inventory, now), PAGE + 1, behind)
    shown = [alert_views.shown(shape(alert), inventory.cameras, now) for alert in found[:PAGE]]
    return shell(
        "alerts.html",
        user,
        "alerts",
        filters=filters,
        query=filters.address(),
        ranges=[(name, label) for name, (label, _) in RANGES.items()],
        range_links={name: _at_range(filters, name) for name in RANGES},
        cameras=list(inventory.cameras.values()),
        places=inventory.places,
        days=alert_views.by_day(shown, now),
        older=_older(filters, found[PAGE - 1]) if len(found) > PAGE else None,
        count_text=count_text(len(found), PAGE),
        data={**_data(user, filters, inventory, now), "cursor": cursor},
    )


def wanted(user: Principal, filters: AlertFilters, inventory: Inventory, now: datetime) -> Wanted:
    """What a user's filters mean: a place stands for its cameras."""
    since, until = filters.shown(now)
    chosen = user.camera_ids
    if filters.location is not None:
        chosen = frozenset(inventory.at_place(filters.location))
    if filters.camera_id is not None:
        chosen = frozenset({filters.camera_id}) if chosen is None else chosen & {filters.camera_id}
    return Wanted(chosen, since, until, filters.min_score, filters.acknowledged)


def count_text(found: int, page_size: int) -> str:
    """How many there are, as far as anybody looked."""
    if found > page_size:
        return f"The latest {page_size} of more"
    return f"{found} visit{'' if found == 1 else 's'}"


def _data(user: Principal, filters: AlertFilters, inventory: Inventory, now: datetime) -> dict[str, Any]:
    """What the page's script goes on with."""
    span = filters.window(now)
    since, until = filters.shown(now)
    return {
        "cameras": [{name: camera[name] for name in OUTLINE} for camera in inventory.cameras.values()],
        "query": filters.address(),
        "api_query": filters.api_query(now),
        "range": [utc_text(time) for time in span],
        "bucket": filters.bucket,
        "picked": [utc_text(since), utc_text(until or now)] if filters.picked else None,
        "stats_of": _stats_of(filters, inventory),
        "may_acknowledge": user.role.includes(Role.OPERATOR),
    }


def _stats_of(filters: AlertFilters, inventory: Inventory) -> list[int] | None:
    """The cameras whose counts make the timeline; None: all."""
    if filters.camera_id is not None:
        return [filters.camera_id]
    return inventory.at_place(filters.location) if filters.location is not None else None


def _at_range(filters: AlertFilters, name: str) -> str:
    return "/alerts" + replace(filters, range=name, since=None, until=None).address()


def _older(filters: AlertFilters, last: Alert) -> str:
    opened_at, alert_id = alert_walks.place(last)
    behind = urlencode({"behind": f"{opened_at.isoformat()}~{alert_id}"})
    address = filters.address()
    return f"/alerts{address}{'&' if address else '?'}{behind}"


def _behind(text: str) -> Place | None:
    """The place that an `older` link names; a broken link begins at the top."""
    time, _, alert_id = text.partition("~")
    try:
        opened_at = datetime.fromisoformat(time)
        return (opened_at, UUID(alert_id)) if opened_at.tzinfo else None
    except (ValueError, OverflowError):
        return None
