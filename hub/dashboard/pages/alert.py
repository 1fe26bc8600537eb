"""One alert in full: the picture, the facts, the acknowledgement, its neighbours in the list and in time."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from hub.api import actor
from hub.auth.guard import Principal, Role
from hub.dashboard import alert_views
from hub.dashboard.alert_filters import AlertFilters
from hub.dashboard.alert_shapes import shape
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory
from hub.dashboard.pages.alerts import wanted
from hub.dashboard.rendering import viewer_now
from hub.errors import NotFound
from hub.store import alert_walks
from hub.store.models import Alert

blueprint = Blueprint("alert_page", __name__)
AROUND = timedelta(minutes=5)
MOST_AROUND = 12
NOTE_LENGTH = 2000


@blueprint.get("/alerts/<uuid:alert_id>")
@page()
def alert(user: Principal, alert_id: UUID) -> Response:
    """The page of one alert; its filters (if it came from a list) say what newer and older mean."""
    found = _found(user, alert_id)
    now, filters, inventory = viewer_now(), AlertFilters.read(request.args), Inventory.of(user)
    walk = wanted(user, filters, inventory, now)
    around = alert_walks.around(user.camera_ids, found, AROUND, MOST_AROUND)
    return shell(
        "alert.html",
        user,
        "alerts",
        alert=alert_views.shown(shape(found), inventory.cameras, now),
        newer=_link(alert_walks.newer(walk, found), filters),
        older=_link(alert_walks.older(walk, found), filters),
        neighbours=[alert_views.shown(shape(other), inventory.cameras, now) for other in around],
        back="/alerts" + filters.address(),
        query=filters.address(),
        data={"alert": shape(found)},
    )


@blueprint.post("/alerts/<uuid:alert_id>")
@page(Role.OPERATOR)
def acknowledge(user: Principal, alert_id: UUID) -> ResponseReturnValue:
    """Say that it was seen, with a note; works without JavaScript."""
    found = _found(user, alert_id)
    note = request.form.get("note", "").replace("\0", "").strip()[:NOTE_LENGTH]
    alert_walks.acknowledge(found, user.username, note)
    actor.record("alert.acknowledge", f"alert {alert_id}")
    return redirect(f"/alerts/{alert_id}{AlertFilters.read(request.args).address()}", 303)


def _found(user: Principal, alert_id: UUID) -> Alert:
    alert = alert_walks.one(alert_id)
    if alert is None or not user.may_see(alert.camera_id):
        raise NotFound("there is no such alert; it may be older than what is kept")
    return alert


def _link(alert: Alert | None, filters: AlertFilters) -> str | None:
    return f"/alerts/{alert.id}{filters.address()}" if alert else None
