"""One question to the hub's HTTP API, with a bearer token and, if given, the hub's own CA."""

import json
import ssl
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from provisioning.errors import HubUnreachable

TIMEOUT_S = 15
SIZE_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Hub:
    """Where the hub is and who asks; `ca_file` is trusted instead of the system's authorities."""

    url: str
    token: str = field(repr=False)
    ca_file: Path | None = None

    def get(self, path: str) -> Any:
        """The JSON that the hub answers to GET; HubUnreachable with one line otherwise."""
        return self._call(Request(self.url + path, headers=self._headers()))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON that the hub answers to POST; HubUnreachable with one line otherwise."""
        headers = {**self._headers(), "Content-Type": "application/json"}
        return self._call(Request(self.url + path, json.dumps(body).encode(), headers, method="POST"))

    def logged_in(self, username: str, password: str) -> "Hub":
        """The same hub with the access token of a fresh log-in."""
        answer = self.post("/api/auth/login", {"username": username, "password": password})
        if not isinstance(answer, dict) or "access_token" not in answer:
            raise HubUnreachable(f"{self.url} does not answer like a hub (no access token)")
        return replace(self, token=str(answer["access_token"]))

    def _headers(self) -> dict[str, str]:
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"Accept": "application/json", **bearer}

    def _call(self, request: Request) -> Any:
        try:
            with urlopen(request, timeout=TIMEOUT_S, context=self._context()) as response:  # nosec B310
                return json.loads(response.read(SIZE_LIMIT))
        except HTTPError as error:
            raise HubUnreachable(f"{self.url} refused: {_detail(error)}") from None
        except URLError as error:
            raise HubUnreachable(f"{self.url} cannot be reached: {error.reason}") from None
        except (OSError, HTTPException) as error:
            raise HubUnreachable(f"{self.url} cannot be reached: {error}") from None
        except ValueError:
            raise HubUnreachable(f"{self.url} does not answer like a hub (no JSON)") from None

    def _context(self) -> ssl.SSLContext | None:
        if not self.url.startswith("https://"):
            return None
        try:
            return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
        except (OSError, ssl.SSLError) as error:
            raise HubUnreachable(f"{self.ca_file} is not a readable CA file: {error}") from None


def _detail(error: HTTPError) -> str:
    try:
        problem = json.loads(error.read(SIZE_LIMIT))
    except (ValueError, OSError):
        problem = {}
    said = problem.get("detail") or problem.get("title") if isinstance(problem, dict) else None
    return f"{error.code} {said or error.reason}"
