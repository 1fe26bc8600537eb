"""Says once more that a device is away, when that has lasted long enough to be shown: nothing else happens then."""

from datetime import datetime, timedelta

from hub.fleet.condition import GRACE
from hub.store import cameras, devices
from hub.store.models import database
from hub.store.notify import CAMERA, DEVICE, notify, notify_ids

LATELY = timedelta(seconds=3)  # whoever does this every second tells of each absence about three times


def tell_of_absences(now: datetime) -> None:
    """Notices of devices whose grace has just ended, and of their cameras."""
    with database.atomic():
        for device_id in devices.lost_between(now - GRACE - LATELY, now - GRACE):
            notify(DEVICE, device_id)
            notify_ids(CAMERA, cameras.ids_of_device(device_id))
