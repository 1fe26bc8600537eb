"""A camera's sealed addresses, opened as far as the keys at hand do it: one that stays closed hides no camera."""

from dataclasses import dataclass, field

from edge.wire.messages import CameraSettings
from hub.errors import SecretError
from hub.fleet import camera_settings
from hub.secrets import Sealer
from hub.store.models import Camera

CLOSED = "the hub's keys do not open its address: type it again"
SECOND_CLOSED = "the hub's keys do not open the address of its second stream: type it again, or empty it"


@dataclass(frozen=True, slots=True)
class Opened:
    """An address that does not open is empty; `trouble` says so to people, empty when all is well."""

    address: str = field(repr=False)
    settings: CameraSettings = field(repr=False)
    trouble: str


def opened(camera: Camera, sealer: Sealer) -> Opened:
    """Both addresses, the second within the settings."""
    address, trouble = "", ""
    try:
        address = sealer.unseal(camera.source_url_sealed)
    except SecretError:
        trouble = CLOSED
    try:
        settings = camera_settings.opened(camera.settings, sealer)
    except SecretError:
        settings = camera_settings.opened({**camera.settings, "detect_url": ""}, sealer)
        trouble = trouble or SECOND_CLOSED
    return Opened(address, settings, trouble)
