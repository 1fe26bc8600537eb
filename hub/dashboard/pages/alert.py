"""One alert in full: the picture, the facts, the acknowledgement, its neighbours in the list and in time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from hub.api import actor
from hub.api.alert_item import item, rfc_3339
from hub.api.spans import before, behind
from hub.auth.guard import Principal, Role
from hub.dashboard import alert_views
from hub.dashboard.alert_filters import AlertFilters
from hub.dashboard.frame import UNSAVED, page, shell
from hub.dashboard.inventory import Inventory
from hub.dashboard.pages.alerts import wanted
from hub.dashboard.rendering import viewer_now
from hub.dashboard.times import duration
from hub.errors import NotFound
from hub.store import alert_walks, alerts, listing
from hub.store.alerts import AlertRow
from hub.store.listing import OLDEST_FIRST, Position, Wanted
from hub.store.models import database
from hub.store.rollup import floor

blueprint = Blueprint("alert_page", __name__)
AROUND = timedelta(minutes=5)
MOST_AROUND = 20  # before, and as many later
NOTE_LENGTH = 2000


@blueprint.get("/alerts/<uuid:alert_id>")
@page()
def alert(user: Principal, alert_id: UUID) -> Response:
    """The page of one alert; its filters (if it came from a list) say what newer and older mean."""
    row = _found(user, alert_id)
    now, inventory = viewer_now(), Inventory.of(user)
    filters = AlertFilters.read(request.args)
    walk = _walk(user, filters, inventory, now)
    at, note = alert_walks.acknowledgement(row)
    written = {"acknowledged_at": rfc_3339(at) if at else None, "note": note}
    return shell(
        "alert.html",
        user,
        "alerts",
        alert={**alert_views.shown(item(row), inventory.cameras, now), **written},
        newer=_link(alert_walks.newer(walk, row), filters),
        older=_link(alert_walks.older(walk, row), filters),
        neighbours=[_neighbour(other, row, inventory, now) for other in _around(user, row)],
        back="/alerts" + filters.address(),
        query=filters.address(),
        unsaved=UNSAVED in request.args,
        watchable=row.camera_id in inventory.cameras,
        data={"alert": item(row)},
    )


@blueprint.post("/alerts/<uuid:alert_id>")
@page(Role.OPERATOR)
def acknowledge(user: Principal, alert_id: UUID) -> ResponseReturnValue:
    """Say that it was seen to, with a note, and stay or go `on` to the next older one; works without JavaScript.

    Whoever was first stays.
    """
    row = _found(user, alert_id)
    note = request.form.get("note", "").replace("\0", "").strip()[:NOTE_LENGTH]
    with database.atomic():
        if alerts.acknowledge(row, user.username, note).ordinal != row.ordinal:
            actor.record("alert.acknowledge", f"alert {alert_id}", None, {"note": note})
    filters = AlertFilters.read(request.args)
    if "on" in request.form:
        return redirect(_behind(user, row, filters), 303)
    return redirect(f"/alerts/{alert_id}{filters.address()}", 303)


def _found(user: Principal, alert_id: UUID) -> AlertRow:
    row = alerts.one(alert_id)
    if row is None or not user.may_see(row.camera_id):
        raise NotFound("there is no such alert; it may be older than what is kept")
    return row


def _walk(user: Principal, filters: AlertFilters, inventory: Inventory, now: datetime) -> Wanted:
    """What newer and older mean: the list of these filters, which ends at a time only if one was chosen."""
    walk = wanted(user, filters, inventory, now)
    return walk if filters.timed else replace(walk, since=None, until=None)


def _behind(user: Principal, row: AlertRow, filters: AlertFilters) -> str:
    """The next older alert of the list, or the list when this was the last."""
    walk = _walk(user, filters, Inventory.of(user), viewer_now())
    return _link(alert_walks.older(walk, row), filters) or "/alerts" + filters.address()


def _around(user: Principal, row: AlertRow) -> list[AlertRow]:
    """What other cameras saw in the same minutes, the nearest each way, in order of time.

    The hourly counts tell which cameras saw anybody at all, so no busy one stands before the others.
    """
    since, until = before(row.opened_at, AROUND), behind(row.opened_at, AROUND)
    others = alert_walks.counts(user.camera_ids, floor(since, "hour"), until).keys() - {row.camera_id}
    elsewhere, here = Wanted(frozenset(others), since=since, until=until), Position(row.opened_at, row.id)
    earlier = listing.page(elsewhere, MOST_AROUND, here).rows
    return [*reversed(earlier), *listing.page(elsewhere, MOST_AROUND, here, OLDEST_FIRST).rows]


def _neighbour(other: AlertRow, row: AlertRow, inventory: Inventory, now: datetime) -> dict[str, Any]:
    """An alert of another camera, with how far `apart` they were."""
    seconds = (other.opened_at - row.opened_at).total_seconds()
    apart = f"{duration(abs(seconds))} {'later' if seconds > 0 else 'before'}"
    return {**alert_views.shown(item(other), inventory.cameras, now), "apart": apart}


def _link(alert_id: UUID | None, filters: AlertFilters) -> str | None:
    return f"/alerts/{alert_id}{filters.address()}" if alert_id else None
