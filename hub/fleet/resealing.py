"""Rotation of the keys that seal camera addresses: a new key, everything sealed anew, the old keys gone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peewee import SQL

from hub.errors import HubError, SecretError
from hub.fleet import camera_settings
from hub.secrets import Sealer, add_sealing_key, drop_old_sealing_keys
from hub.store import cameras
from hub.store.models import Camera, database
from hub.store.sealing import keys_to_change


class ResealError(HubError):
    """Something cannot be sealed anew; every old key stays."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many cameras were sealed anew, and how many keys were dropped after it."""

    cameras: int
    dropped: int


def rotate(secrets_dir: Path, sealer: Sealer) -> Resealed:
    """All of it; killed at any point, everything still opens and the next rotation completes it.

    `sealer` is of `secrets_dir`: it notices the new key, as those of running programs do.
    """
    with keys_to_change():
        add_sealing_key(secrets_dir)
        with database.atomic():
            changed = [camera.id for camera in cameras.listing(SQL("TRUE")) if _reseal(camera, sealer)]
        return Resealed(len(changed), drop_old_sealing_keys(secrets_dir))


def _reseal(camera: Camera, sealer: Sealer) -> bool:
    """Whether there was anything to do."""
    if sealer.is_newest(camera.source_url_sealed) and _second_is_newest(camera, sealer):
        return False
    try:
        address = sealer.unseal(camera.source_url_sealed)
        settings = camera_settings.opened(camera.settings, sealer)
    except SecretError as error:
        raise ResealError(f"camera {camera.id} ({camera.name}): {error}; give it its address again first") from error
    values: dict[str, Any] = {"source_url_sealed": sealer.seal(address)}
    cameras.write_report(camera.id, values | {"settings": camera_settings.sealed(settings, sealer)})
    return True


def _second_is_newest(camera: Camera, sealer: Sealer) -> bool:
    second = camera.settings.get("detect_url", "")
    return not second or sealer.is_newest(second.encode())
