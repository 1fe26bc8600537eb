"""The hub's public API as the chaos tests use it."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any

from hub.demo import client as demo

PAGE = 200


class ChaosClient(demo.HubClient):
    """The demo's client, with the list of alerts and the switches of cameras."""

    @property
    def token(self) -> str:
        """The Bearer token of the last log-in."""
        return self._token

    def alerts(self) -> list[dict[str, Any]]:
        """All of them, page by page, newest first."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page: dict[str, Any] = dict(self._call("GET", f"/api/alerts?limit={PAGE}{cursor}"))
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    def log_in(self, username: str, password: str) -> None:
        """Remembering how, for `renew`."""
        self._who = (username, password)
        super().log_in(username, password)

    def renew(self) -> None:
        """Log in again: the access token has ended."""
        self.log_in(*self._who)

    def watch(self, camera_id: int, page: str = "") -> dict[str, Any]:
        """Take or renew a lease; with a fresh log-in if the old one has ended. Where it plays, and the token for it."""
        path, body = f"/api/cameras/{camera_id}/stream/watch", {"page": page}
        try:
            return self._call("POST", path, body)
        except demo.ApiError as error:
            if error.status != HTTPStatus.UNAUTHORIZED:
                raise
            self.renew()
            return self._call("POST", path, body)

    def enable_cameras(self, device: str, enabled: bool) -> bool:
        """All cameras of a device; False when the hub could not, as just after its database came back."""
        with suppress(demo.ApiError, OSError):
            for camera in self.cameras():
                if camera["device_id"] == device:
                    self._call("PATCH", f"/api/cameras/{camera['id']}", {"enabled": enabled})
            return True
        return False

    def start_stream(self, device: str) -> None:
        """Somebody wants to see what the device's cameras see."""
        for camera in self.cameras():
            if camera["device_id"] == device:
                self._call("POST", f"/api/cameras/{camera['id']}/stream/start")
