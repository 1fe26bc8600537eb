"""Cameras: as the hub wants them, with their device and whether anybody watches."""

from datetime import UTC, datetime
from typing import Any, cast

from peewee import JOIN, SQL, Expression, fn

from hub.store import rows
from hub.store.models import Camera, Device, Lease


def listing(visible: Expression | SQL) -> list[Camera]:
    """The cameras of a condition by name, each with `device` and `leased`."""
    return rows.models(_with_device().where(visible).order_by(fn.lower(Camera.name), Camera.id), Camera)


def one(camera_id: int) -> Camera | None:
    """One camera with its device and `leased`."""
    return rows.first(_with_device().where(Camera.id == camera_id), Camera)


def locked(camera_id: int) -> Camera | None:
    """One camera, held until the transaction ends."""
    return rows.first(Camera.select().where(Camera.id == camera_id).for_update(), Camera)


def of_device(device_id: str) -> list[Camera]:
    """The cameras that a device looks after, each with `leased`."""
    return rows.models(_with_device().where(Camera.device == device_id).order_by(Camera.id), Camera)


def of_devices(device_ids: list[str]) -> list[Camera]:
    """The cameras of some devices by id, without whether anybody watches."""
    return rows.models(Camera.select().where(Camera.device.in_(device_ids)).order_by(Camera.id), Camera)


def ids_of_device(device_id: str) -> list[int]:
    """The ids of the cameras that a device looks after."""
    return rows.column(Camera.select(Camera.id).where(Camera.device == device_id))


def insert(values: dict[str, Any]) -> int:
    """A new camera; the id."""
    now = datetime.now(UTC)
    created: int = Camera.insert({**values, "created_at": now, "updated_at": now}).execute()
    return created


def update(camera_id: int, values: dict[str, Any]) -> None:
    """Change what the hub wants of a camera."""
    Camera.update({**values, "updated_at": datetime.now(UTC)}).where(Camera.id == camera_id).execute()


def write_report(camera_id: int, values: dict[str, Any]) -> None:
    """Change what the device says of a camera."""
    Camera.update(values).where(Camera.id == camera_id).execute()


def delete(camera_id: int) -> None:
    """Remove a camera; its alerts stay."""
    Camera.delete().where(Camera.id == camera_id).execute()  # type: ignore[misc]


def wanted(camera: Camera) -> bool:
    """Whether the stream should run: the pin decides, else whether anybody watches; a disabled camera never streams."""
    leased: bool = cast(Any, camera).leased
    return bool(camera.enabled) and (camera.pin == "start" or (camera.pin != "stop" and leased))


def leased_widths(camera: Camera) -> list[int]:
    """How wide everybody who watches sees the picture, in pixels of the picture to send; 0 is whole."""
    return list(cast(Any, camera).leased_widths)


def counts() -> list[tuple[str, int]]:
    """How many cameras are in each state last reported."""
    found = rows.tuples(Camera.select(Camera.state, fn.count(Camera.id)).group_by(Camera.state))
    return cast(list[tuple[str, int]], found)


def _with_device() -> Any:
    live = Lease.select(SQL("1")).where(Lease.camera == Camera.id, Lease.expires_at > fn.now())
    widths = fn.ARRAY(Lease.select(Lease.width).where(Lease.camera == Camera.id, Lease.expires_at > fn.now()))
    columns = (Camera, Device, fn.EXISTS(live).alias("leased"), widths.alias("leased_widths"))
    return Camera.select(*columns).join(Device, JOIN.LEFT_OUTER)
