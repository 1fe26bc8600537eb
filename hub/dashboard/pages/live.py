"""The live page: a tile for each camera and the latest alerts; scripts take over from there."""

from flask import Blueprint, Response

from hub.auth.guard import Principal
from hub.dashboard import alert_views
from hub.dashboard.alert_shapes import shape
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory
from hub.dashboard.rendering import viewer_now
from hub.store import alert_walks, live_cursor
from hub.store.alert_walks import Wanted

blueprint = Blueprint("live_page", __name__)
FEED = 30


@blueprint.get("/")
@page()
def live(user: Principal) -> Response:
    """What happens now."""
    now = viewer_now()
    cursor = live_cursor.newest()  # before the alerts are read: one that comes between is told twice, never missed
    inventory = Inventory.of(user)
    alerts = [shape(alert) for alert in alert_walks.listing(Wanted(user.camera_ids), FEED)]
    data = {
        "viewer": {"username": user.username, "role": user.role.value},
        "cameras": list(inventory.cameras.values()),
        "devices": inventory.outlines,
        "alerts": alerts,
        "cursor": cursor,
        "more": len(alerts) == FEED,
    }
    shown = [alert_views.shown(alert, inventory.cameras, now) for alert in alerts]
    return shell("live.html", user, "live", cameras=inventory.with_faces(), alerts=shown, data=data)
