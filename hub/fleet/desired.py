"""What the hub wants of a device: read as the wire has it, and raised to a new revision by every change."""

import structlog

from edge.wire.messages import CameraDesired, Desired
from hub.fleet.sealed_addresses import opened
from hub.media.sizes import WHOLE, widest
from hub.secrets import Sealer
from hub.store import cameras, devices, restorations
from hub.store.models import Camera
from hub.store.notify import DESIRED, notify

log = structlog.get_logger(__name__)


def touch(device_id: str | None) -> int:
    """Raise a device's desired revision and tell ingest, which publishes; part of the running transaction.

    The new revision; 0 when there is no such device.
    """
    revision = devices.raise_revision(device_id) if device_id else None
    if revision is None or device_id is None:
        return 0
    notify(DESIRED, device_id)
    return revision


def desired_of(device_id: str, sealer: Sealer) -> Desired | None:
    """Everything that the hub wants of a device now; nothing of a revoked one, None for an unknown one."""
    device = devices.one(device_id)
    if device is None:
        return None
    if device.state != devices.APPROVED:
        return Desired(device.desired_revision)
    wanted = [_camera(camera, sealer) for camera in cameras.of_device(device_id)]
    cameras_wanted = tuple(camera for camera in wanted if camera is not None)
    return Desired(device.desired_revision, cameras_wanted, restorations.latest())


def _camera(camera: Camera, sealer: Sealer) -> CameraDesired | None:
    found = opened(camera, sealer)
    if found.trouble:
        log.error("a camera is not told to its device", camera_id=camera.id, reason=found.trouble)
        return None
    return CameraDesired(
        id=str(camera.id),
        name=camera.name,
        source_url=found.address,
        enabled=camera.enabled,
        wanted=cameras.wanted(camera),
        settings=found.settings,
        watched_px=WHOLE if camera.pin == "start" else widest(cameras.leased_widths(camera)),
    )
