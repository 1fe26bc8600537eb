"""The devices: who waits to be let in, who is at work and how they are; and each one in full."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from hub.api import devices as device_api
from hub.auth.guard import Principal
from hub.dashboard import device_views
from hub.dashboard.delays import delays
from hub.dashboard.device_views import History
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory
from hub.dashboard.times import duration
from hub.errors import NotFound
from hub.fleet.device_condition import lost_together, presence
from hub.store import alerts, devices, health_history
from hub.store.models import Device
from hub.system import broker_trouble

blueprint = Blueprint("device_pages", __name__)
WAITING = ("pending", "preauthorised")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RANGES = {
    "hour": ("1 hour", HOUR),
    "day": ("24 hours", DAY),
    "week": ("7 days", 7 * DAY),
    "month": ("30 days", 30 * DAY),
}
YOUNG = 2 * HOUR
LIST_STEPS = 48
PLOTTED_MOST = 60  # devices of a list; a larger fleet is better looked at in Grafana
PLOTTED = tuple(device_views.LABELS)


@blueprint.get("/devices")
@page()
def device_list(user: Principal) -> Response:
    """Every device that this user may see."""
    inventory, rows = Inventory.of(user), {device.id: device for device in devices.listing(user.camera_ids)}
    now = datetime.now(UTC)
    plotted = list(inventory.devices)[:PLOTTED_MOST]
    length = min(DAY, max(HOUR, now - (health_history.oldest(plotted) or now)))
    span, step_s = (now - length, now), max(60, int(length.total_seconds() / LIST_STEPS))
    history = health_history.of_devices(plotted, *span, step_s)
    hub = Hub.now(now, inventory)
    shown = [hub.shown(user, rows[name], inventory) for name in inventory.devices if name in rows]
    for device in shown:
        past = History(history.get(device["id"], ()), span, step_s)
        health = device_api.health_for(user.camera_ids, rows[device["id"]])
        device["measures"] = device_views.measures(health, past, device_views.IN_LISTS)
    groups = {
        "approved": [device for device in shown if device["state"] == "approved"],
        "waiting": [device for device in shown if device["state"] in WAITING],
        "revoked": [device for device in shown if device["state"] == "revoked"],
    }
    return shell(
        "devices.html",
        user,
        "devices",
        **groups,
        span_text=duration(length.total_seconds()),
        data=_data(inventory, inventory.devices),
    )


@blueprint.get("/devices/<device:device_id>")
@page()
def device(user: Principal, device_id: str) -> Response:
    """One device: how it is and was, what it has found itself to be, and what one may ask of it."""
    inventory, row = Inventory.of(user), devices.one(device_id)
    if row is None or device_id not in inventory.devices:
        raise NotFound(f"there is no device {device_id}, or it is not yours to see")
    now = datetime.now(UTC)
    chosen = request.args.get("range", "")
    if chosen not in RANGES:
        chosen = "hour" if now - (health_history.oldest([device_id]) or now) < YOUNG else "day"
    history = _history(device_id, now, RANGES[chosen][1])
    shown = Hub.now(now, inventory).shown(user, row, inventory)
    health = device_api.health_for(user.camera_ids, row)
    for camera in shown["cameras"]:
        camera["delays"] = delays(camera, health)
    values = {
        "device": shown,
        "throttled": bool(health and health.get("throttled")),
        "measures": device_views.measures(health, history),
        "health_at": row.health_at,
        "given_up": device_views.given_up(health),
        "uptime": device_views.uptime(health),
        "ranges": [(name, label) for name, (label, _) in RANGES.items()],
        "range": chosen,
    }
    data = {**_data(inventory, [device_id]), "device": device_id, "history": _plotted(history)}
    return shell("device.html", user, "devices", **values, data=data)


@dataclass(frozen=True, slots=True)
class Hub:
    """What of the hub, of all devices and of their cameras bears upon how each is shown."""

    trouble: str
    lost_together: int
    cameras: list[dict[str, Any]]

    @classmethod
    def now(cls, now: datetime, inventory: Inventory) -> "Hub":
        return cls(broker_trouble(now), lost_together(devices.listing(None)), inventory.with_faces())

    def shown(self, user: Principal, row: Device, inventory: Inventory) -> dict[str, Any]:
        """A device for a template."""
        known = row.state == devices.APPROVED
        how = presence(row, self.trouble, self.lost_together) if known else None
        checks = device_api.checks_for(user.camera_ids, row)
        return device_views.shown(inventory.devices[row.id], self.cameras, how, checks)


def _history(device_id: str, now: datetime, length: timedelta) -> History:
    span, step_s = (now - length, now), health_history.step_for(length)
    return History(health_history.of_device(device_id, *span, step_s), span, step_s)


def _plotted(history: History) -> dict[str, Any]:
    """What a script needs to say what stands under the pointer."""
    places = [round((row["at"] - history.span[0]) / (history.span[1] - history.span[0]), 4) for row in history.rows]
    times = [row["at"].isoformat(timespec="seconds") for row in history.rows]
    values = {
        name: ["" if row[name] is None else device_views.said(name, row[name]) for row in history.rows]
        for name in PLOTTED
    }
    return {"places": places, "times": times, "values": values}


def _data(inventory: Inventory, names: Iterable[str]) -> dict[str, Any]:
    outlines = [{name: camera[name] for name in ("id", "name", "device_id")} for camera in inventory.cameras.values()]
    shown = [inventory.devices[name] for name in names]
    return {"devices": shown, "cameras": outlines, "cursor": str(alerts.last_ordinal())}
