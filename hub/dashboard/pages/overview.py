"""The overview: people over time and by camera, and what needs a person now."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from hub.api.devices import health_for
from hub.auth.guard import Principal
from hub.dashboard import system_views
from hub.dashboard.alert_filters import RANGES, AlertFilters, utc_text
from hub.dashboard.attention import attention
from hub.dashboard.bars import HEIGHT, bars
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory
from hub.dashboard.rendering import viewer_now
from hub.services import services
from hub.store import alert_walks, alerts, devices, keeping
from hub.store.picture_place import limits_of
from hub.system import SystemState, system_state

blueprint = Blueprint("overview_page", __name__)
BUSIEST = 12
Shape = dict[str, Any]


@blueprint.get("/overview")
@page()
def overview(user: Principal) -> Response:
    """The state of everything, at a glance."""
    cursor = str(alerts.last_ordinal())  # before the counts are read: told twice, never missed
    now = viewer_now()
    oldest = alert_walks.oldest()
    young = oldest is None or oldest > now - timedelta(days=1)
    filters = AlertFilters(range=AlertFilters.read({"range": "day" if young else "", **request.args}).range)
    inventory = Inventory.of(user)
    since, until = filters.window(now)
    counts = alert_walks.counts(user.camera_ids, since)
    before = sum(alert_walks.counts(user.camera_ids, since - RANGES[filters.range][1], since).values())
    state = system_state(now)
    data = {"range": [utc_text(since), utc_text(until)], "bucket": filters.bucket, "name": filters.range}
    return shell(
        "overview.html",
        user,
        "overview",
        range=filters.range,
        ranges=[(name, label) for name, (label, _) in RANGES.items()],
        range_text=RANGES[filters.range][0],
        attention=system_views.troubles(state) + attention(inventory.cameras.values(), inventory.devices.values(), now),
        system=_system(state, oldest, now),
        numbers={**_numbers(inventory), "alerts": sum(counts.values()), "before": before},
        lag_ms=_lag_ms(user),
        ranks=_ranks(counts, inventory, since, until),
        height=HEIGHT,
        data={**data, "cursor": cursor},
    )


def _numbers(inventory: Inventory) -> dict[str, int]:
    cameras = [camera for camera in inventory.with_faces() if camera["enabled"]]
    approved = [device for device in inventory.devices.values() if device["state"] == "approved"]
    return {
        "cameras": len(cameras),
        "cameras_online": sum(camera["status_face"]["state"] == "online" for camera in cameras),
        "devices": len(approved),
        "devices_online": sum(device["online"] for device in approved),
        "live": sum(camera["face"]["state"] == "live" for camera in cameras),
    }


def _system(state: SystemState, oldest: datetime | None, now: datetime) -> Shape:
    """The hub's own health, its room, and how long it keeps things."""
    return {
        "parts": system_views.parts(state, now),
        "room": system_views.room(state),
        "size": system_views.size,
        "storage": system_views.storage(state, oldest, now),
        "keeping": system_views.keeping(keeping.limits(limits_of(services().settings))),
    }


def _lag_ms(user: Principal) -> float | None:
    """From a face before the glass to its alert at the hub: the slowest camera's p95 that an online device told."""
    online = [device for device in devices.listing(user.camera_ids) if device.online]
    told = [health_for(user.camera_ids, device) or {} for device in online]
    lags = [camera.get("glass_to_alert_ms_p95") for health in told for camera in health.get("cameras", ())]
    return max((lag for lag in lags if lag is not None), default=None)


def _ranks(counts: dict[int, int], inventory: Inventory, since: datetime, until: datetime) -> list[Shape]:
    """The busiest cameras, each with its bars over time."""
    busiest = sorted(counts.items(), key=lambda item: -item[1])[:BUSIEST]
    hours = alert_walks.hourly([camera_id for camera_id, _ in busiest], since)
    return [
        {
            "camera_id": camera_id,
            "name": inventory.name_of(camera_id),
            "alerts": count,
            "bars": bars(hours.get(camera_id, {}), since, until),
        }
        for camera_id, count in busiest
    ]
