"""A program of the public API: what the demo does to its own hub, anybody's script could do."""

import json
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

Json = dict[str, object]


class ApiError(Exception):
    """The hub refused; `status` is its HTTP status."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class HubClient:
    """One hub by its URL, with a bearer token after `log_in`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._token = ""

    def is_up(self) -> bool:
        """Whether the hub answers."""
        try:
            self._call("GET", "/healthz")
        except (ApiError, URLError, OSError):
            return False
        return True

    def sign_up(self, username: str, password: str) -> None:
        self._call("POST", "/api/auth/signup", {"username": username, "password": password})

    def log_in(self, username: str, password: str) -> None:
        answer = self._call("POST", "/api/auth/login", {"username": username, "password": password})
        self._token = str(answer["access_token"])

    def device_token(self, name: str) -> str:
        """A one-time token with which the device of that name may enrol."""
        return str(self._call("POST", "/api/devices", {"name": name})["token"])

    def cameras(self) -> list[dict[str, Any]]:
        items = self._call("GET", "/api/cameras")["items"]
        assert isinstance(items, list)
        return items

    def add_camera(self, camera: Json) -> Json:
        return self._call("POST", "/api/cameras", camera)

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = json.dumps(body).encode() if body is not None else None
        request = Request(self.url + path, data, headers, method=method)
        try:
            with urlopen(request, timeout=10) as response:  # its own hub  # nosec B310
                text = response.read()
        except HTTPError as error:
            raise ApiError(error.code, _detail(error)) from None
        answer: Json = json.loads(text) if text[:1] == b"{" else {"items": json.loads(text)} if text[:1] == b"[" else {}
        return answer


def _detail(error: HTTPError) -> str:
    try:
        problem = json.loads(error.read())
    except ValueError:
        return HTTPStatus(error.code).phrase
    return str(problem.get("detail") or problem.get("title"))
