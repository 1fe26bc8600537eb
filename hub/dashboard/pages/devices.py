"""The devices: who waits to be let in, who is at work and how they are."""

from typing import Any

from flask import Blueprint, Response

from hub.auth.guard import Principal
from hub.dashboard import device_views
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory
from hub.store import alerts, devices

blueprint = Blueprint("device_pages", __name__)
WAITING = ("pending", "preauthorised")


@blueprint.get("/devices")
@page()
def device_list(user: Principal) -> Response:
    """Every device that this user may see."""
    inventory = Inventory.of(user)
    health = {device.id: (device.health, device.health_at) for device in devices.listing(user.camera_ids)}
    cameras = list(inventory.cameras.values())
    shown = [device_views.shown(device, cameras, *health[device["id"]]) for device in inventory.devices.values()]
    data = {
        "devices": list(inventory.devices.values()),
        "cameras": _outlines(cameras),
        "cursor": str(alerts.last_ordinal()),
    }
    groups = {
        "approved": [device for device in shown if device["state"] == "approved"],
        "waiting": [device for device in shown if device["state"] in WAITING],
        "revoked": [device for device in shown if device["state"] == "revoked"],
    }
    return shell("devices.html", user, "devices", **groups, data=data)


def _outlines(cameras: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: camera[name] for name in ("id", "name", "device_id")} for camera in cameras]
