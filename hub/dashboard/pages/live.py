"""The live page: a tile for each camera and the latest alerts; scripts take over from there."""

from flask import Blueprint, Response

from hub.api import cursors
from hub.api.alert_item import item
from hub.auth.guard import Principal
from hub.dashboard import alert_views
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory
from hub.dashboard.rendering import viewer_now
from hub.store import alerts, listing
from hub.store.listing import Wanted

blueprint = Blueprint("live_page", __name__)
FEED = 30


@blueprint.get("/")
@page()
def live(user: Principal) -> Response:
    """What happens now."""
    now = viewer_now()
    cursor = str(alerts.last_ordinal())  # before the alerts are read: told twice, never missed
    inventory = Inventory.of(user)
    latest = listing.page(Wanted(user.camera_ids), FEED, None)
    items = [item(row) for row in latest.rows]
    data = {
        "viewer": {"username": user.username, "role": user.role.value},
        "cameras": list(inventory.cameras.values()),
        "devices": inventory.outlines,
        "alerts": items,
        "cursor": cursor,
        "next_cursor": cursors.of_position(latest.next) if latest.next else None,
    }
    shown = [alert_views.shown(alert, inventory.cameras, now) for alert in items]
    return shell("live.html", user, "live", cameras=inventory.with_faces(), alerts=shown, data=data)
