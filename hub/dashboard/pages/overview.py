"""The overview: people over time and by camera, and what needs a person now."""

from typing import Any

from flask import Blueprint, Response, request

from hub.auth.guard import Principal
from hub.dashboard.alert_filters import RANGES, AlertFilters, utc_text
from hub.dashboard.attention import attention
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory
from hub.dashboard.rendering import viewer_now
from hub.store import alert_walks

blueprint = Blueprint("overview_page", __name__)
BUSIEST = 12
Shape = dict[str, Any]


@blueprint.get("/overview")
@page()
def overview(user: Principal) -> Response:
    """The state of everything, at a glance."""
    now = viewer_now()
    filters = AlertFilters(range=AlertFilters.read(request.args).range)
    inventory = Inventory.of(user)
    span = filters.window(now)
    counts = alert_walks.counts(user.camera_ids, span[0].replace(minute=0, second=0, microsecond=0))
    return shell(
        "overview.html",
        user,
        "overview",
        range=filters.range,
        ranges=[(name, label) for name, (label, _) in RANGES.items()],
        range_text=RANGES[filters.range][0],
        attention=attention(inventory.cameras.values(), inventory.devices.values(), now),
        numbers={**_numbers(inventory), "alerts": sum(counts.values())},
        ranks=_ranks(counts, inventory),
        data={"range": [utc_text(time) for time in span], "bucket": filters.bucket, "name": filters.range},
    )


def _numbers(inventory: Inventory) -> dict[str, int]:
    cameras = [camera for camera in inventory.with_faces() if camera["enabled"]]
    devices = [device for device in inventory.devices.values() if device["state"] == "approved"]
    return {
        "cameras": len(cameras),
        "cameras_online": sum(camera["status_face"]["state"] == "online" for camera in cameras),
        "devices": len(devices),
        "devices_online": sum(device["online"] for device in devices),
        "live": sum(camera["face"]["state"] == "live" for camera in cameras),
    }


def _ranks(counts: dict[int, int], inventory: Inventory) -> list[Shape]:
    """The busiest cameras; `part` is percent of the busiest."""
    busiest = sorted(counts.items(), key=lambda item: -item[1])[:BUSIEST]
    most = max((count for _, count in busiest), default=1)
    return [
        {"camera_id": camera_id, "name": inventory.name_of(camera_id), "alerts": count, "part": 100 * count / most}
        for camera_id, count in busiest
    ]
