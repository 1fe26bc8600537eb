"""First steps: from an empty hub to the first live picture, each step there only as long as it is needed."""

from flask import Blueprint, Response

from hub.auth.guard import Principal, Role
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory
from hub.store import alerts

blueprint = Blueprint("setup_page", __name__)
STEPS = (("account", "Account"), ("device", "Device"), ("camera", "Camera"), ("live", "Live"))


@blueprint.get("/setup")
@page(Role.ADMIN)
def setup(user: Principal) -> Response:
    """A device, a camera on it, and then the live page; may be come back to at any time."""
    cursor = str(alerts.last_ordinal())
    inventory = Inventory.of(user)
    devices = list(inventory.devices.values())
    approved = [device for device in devices if device["state"] == "approved"]
    cameras = inventory.with_faces()
    step = "device" if not approved else "camera" if not cameras else "live"
    values = {
        "step": step,
        "steps": STEPS,
        "approved": approved,
        "pending": [device for device in devices if device["state"] == "pending"],
        "expected": [device for device in devices if device["state"] == "preauthorised"],
        "cameras": cameras,
    }
    outlines = [{name: device[name] for name in ("id", "name", "online", "state")} for device in devices]
    data = {"step": step, "devices": outlines, "cameras": [camera["id"] for camera in cameras], "cursor": cursor}
    return shell("setup.html", user, "setup", **values, data=data)
