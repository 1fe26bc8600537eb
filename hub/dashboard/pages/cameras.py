"""The camera list and the form of one camera."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, redirect
from flask.typing import ResponseReturnValue

from edge.wire.messages import CameraSettings
from hub.api.devices import health_for
from hub.auth.guard import Principal, Role
from hub.dashboard.delays import delays
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory
from hub.errors import NotFound
from hub.fleet import camera_settings
from hub.store import alerts, cameras, devices

blueprint = Blueprint("camera_pages", __name__)


@blueprint.get("/cameras")
@page()
def camera_list(user: Principal) -> Response:
    """Every camera with its state and cause."""
    inventory = Inventory.of(user)
    data = {
        "cameras": list(inventory.cameras.values()),
        "devices": inventory.outlines,
        "cursor": str(alerts.last_ordinal()),
    }
    return shell("cameras.html", user, "cameras", cameras=inventory.with_faces(), data=data)


@blueprint.get("/cameras/new")
@page(Role.ADMIN)
def new_camera(user: Principal) -> Response:
    """An empty form."""
    blank = {"id": None, "name": "", "source_url": "", "location": "", "device_id": None, "enabled": True}
    settings = camera_settings.shown(CameraSettings())
    return _form(user, {**blank, "picture": None, "settings": settings}, Inventory.of(user))


@blueprint.get("/cameras/<id:camera_id>")
@page()
def camera(user: Principal, camera_id: int) -> ResponseReturnValue:
    """The form of one camera; who may not change it is led to its picture."""
    inventory = Inventory.of(user)
    found = inventory.cameras.get(camera_id)
    if found is None:
        raise NotFound(f"there is no camera {camera_id}, or it is not yours to see")
    if user.role is not Role.ADMIN:
        return redirect(f"/?camera={camera_id}", 303)
    row = devices.one(found["device_id"]) if found["device_id"] else None
    late = delays(found, health_for(user.camera_ids, row) if row else None)
    return _form(user, inventory.with_face(found), inventory, late)


def _form(user: Principal, camera: dict[str, Any], inventory: Inventory, late: Sequence[Any] = ()) -> Response:
    usable = [
        device
        for device in inventory.devices.values()
        if device["state"] == "approved" or device["id"] == camera["device_id"]
    ]
    size = _size(camera["id"])
    outlines = [{name: device[name] for name in ("id", "name", "online")} for device in usable]
    data = {"camera": {name: camera[name] for name in ("id", "name")}, "devices": outlines, "size": size}
    values = {"camera": camera, "devices": usable, "picture": camera["picture"], "size": size, "data": data}
    return shell("camera_form.html", user, "cameras", **values, delays=late)


def _size(camera_id: int | None) -> dict[str, int]:
    """Of a camera's pictures in its own pixels, as its device last said; zero before that."""
    camera = cameras.one(camera_id) if camera_id is not None else None
    known = camera is not None and camera.width > 0 and camera.height > 0
    return {"width": camera.width, "height": camera.height} if camera and known else {"width": 0, "height": 0}
