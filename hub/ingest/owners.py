"""Which device may speak for which camera, remembered so that a visit costs no query."""

import time

from hub.store.owners import camera_owners

PATIENCE_S = 1.0


class Owners:
    """Looks again when told that something changed, and for a camera that it does not know, at most once a second."""

    def __init__(self) -> None:
        self._devices: dict[int, str] | None = None
        self._looked_at = 0.0

    def forget(self) -> None:
        """Something changed."""
        self._devices = None

    def device_of(self, camera_id: int) -> str | None:
        """The approved device that this camera belongs to."""
        if self._devices is None:
            return self._look().get(camera_id)
        found = self._devices.get(camera_id)
        if found is None and time.monotonic() - self._looked_at > PATIENCE_S:
            found = self._look().get(camera_id)
        return found

    def _look(self) -> dict[int, str]:
        self._devices = camera_owners()
        self._looked_at = time.monotonic()
        return self._devices
