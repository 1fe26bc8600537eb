"""How cameras and devices are, as messages: each when it changes, all for whoever comes back."""

import time
from collections import defaultdict
from threading import Lock

from peewee import SQL

from hub.api import cameras as camera_api
from hub.api import devices as device_api
from hub.live.messages import Message, camera_message, device_messages, states_message
from hub.store import cameras, devices
from hub.store.models import Camera, Device


class States:
    """How all are at the moment of asking: who asks while it is being read for others waits for the next reading.

    Read each time, not kept from what was told: not every change of a row is worth telling, and a page that is told
    less than it knows would read itself anew without end.
    """

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self._began_at = float("-inf")
        self._messages: list[Message] = []

    def now(self) -> list[Message]:
        """As the database has it, read after this was called."""
        asked_at = time.monotonic()
        with self._one_at_a_time:
            if self._began_at <= asked_at:
                began_at = time.monotonic()
                self._messages = all_states()
                self._began_at = began_at
            return self._messages


def all_states() -> list[Message]:
    """How every camera and device is, from beginning to end."""
    everyone, theirs = cameras.listing(SQL("TRUE")), defaultdict[str | None, set[int]](set)
    for camera in everyone:
        theirs[camera.device_id].add(camera.id)
    told = [_of_camera(camera) for camera in everyone]
    told += [one for device in devices.listing(None) for one in _of_device(device, frozenset(theirs[device.id]))]
    return [states_message("begin"), *told, states_message("end")]


def state_of_camera(text: str) -> list[Message]:
    """How one camera is, by its id as text, or that it is no more."""
    camera = cameras.one(int(text))
    return [_of_camera(camera) if camera else camera_message(int(text), None)]


def state_of_device(text: str) -> list[Message]:
    """How one device is; nothing of one that is not there."""
    device = devices.one(text)
    return _of_device(device, frozenset(cameras.ids_of_device(text))) if device else []


def _of_camera(camera: Camera) -> Message:
    return camera_message(camera.id, camera_api.shown(camera).model_dump_json())


def _of_device(device: Device, camera_ids: frozenset[int]) -> list[Message]:
    whole, narrow = (device_api.shown(device, visible).model_dump_json() for visible in (None, frozenset[int]()))
    return device_messages(whole, narrow, camera_ids)
