"""The cameras and devices that a viewer may see, in the API's shape, with what pages add to them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.api import cameras as camera_api
from hub.api import devices as device_api
from hub.auth.guard import Principal, visible_cameras
from hub.dashboard.states import camera_face, camera_status
from hub.store import cameras, devices, latest_pictures
from hub.store.models import Camera

Shape = dict[str, Any]
DIGITS = re.compile(r"([0-9]{1,15})")
DEVICE_OUTLINE = ("id", "name", "online", "online_since")


@dataclass(frozen=True, slots=True)
class Inventory:
    """Cameras and devices by id, as the API's JSON has them; each camera has its latest `picture` (or None)."""

    cameras: Mapping[int, Shape]
    devices: Mapping[str, Shape]

    @classmethod
    def of(cls, user: Principal) -> "Inventory":
        """What this user may see, now."""
        found = sorted(cameras.listing(visible_cameras(user, Camera.id)), key=lambda camera: natural(camera.name))
        pictures = latest_pictures.of_cameras([camera.id for camera in found])
        shown = {camera.id: {**json(camera_api.shown(camera)), "picture": pictures.get(camera.id)} for camera in found}
        visible = user.camera_ids
        known = {device.id: json(device_api.shown(device, visible)) for device in devices.listing(visible)}
        return cls(shown, known)

    @property
    def outlines(self) -> list[Shape]:
        """What a script needs to know of the devices."""
        return [{name: device[name] for name in DEVICE_OUTLINE} for device in self.devices.values()]

    @property
    def places(self) -> list[str]:
        """The places that cameras are at, each once."""
        return sorted({camera["location"] for camera in self.cameras.values() if camera["location"]})

    def at_place(self, location: str) -> list[int]:
        """The ids of the cameras at a place."""
        return [camera["id"] for camera in self.cameras.values() if camera["location"] == location]

    def name_of(self, camera_id: int) -> str:
        """What a camera is called, also after it was deleted."""
        camera = self.cameras.get(camera_id)
        return str(camera["name"]) if camera else f"Camera {camera_id} (deleted)"

    def device_of(self, camera: Shape) -> Shape | None:
        """The device that a camera hangs on."""
        return self.devices.get(camera["device_id"])

    def with_faces(self) -> list[Shape]:
        """The cameras by name, disabled ones last, each with its `face`, `status_face` and `device_name`."""
        return sorted((self.with_face(camera) for camera in self.cameras.values()), key=lambda one: not one["enabled"])

    def with_face(self, camera: Shape) -> Shape:
        """One camera with what is said of it."""
        device = self.device_of(camera)
        faces = {"face": camera_face(camera, device), "status_face": camera_status(camera, device)}
        return {**camera, **faces, "device_name": device["name"] if device else None}


def natural(name: str) -> list[tuple[int, int, str]]:
    """What to sort names by so that `Aisle 2` comes before `Aisle 10`."""
    parts = DIGITS.split(name.casefold())
    return [(0, int(part), "") if DIGITS.fullmatch(part) else (1, 0, part) for part in parts if part]


def json(answer: Any) -> Shape:
    """An answer of the API as its JSON."""
    shape: Shape = answer.model_dump(mode="json")
    return shape
