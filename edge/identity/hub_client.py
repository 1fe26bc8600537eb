"""One HTTP request to the hub, with the standard library alone: trust pinned, no redirects, every failure one line."""

import http.client
import json
import socket
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from edge.errors import EnrollError

TIMEOUT_S = 15.0
ANSWER_LIMIT = 256 * 1024
NOT_OURS = "answers, but is no Watchpost hub"


class HubNotReady(EnrollError):
    """No answer for now: trying again later may help. `heard`: the request may have reached the hub."""

    def __init__(self, text: str, heard: bool = True) -> None:
        super().__init__(text)
        self.heard = heard


@dataclass(frozen=True, slots=True)
class Hub:
    """Where the hub's API is, and the one authority to trust if not the system's."""

    url: str
    ca_file: Path | None = None

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of a 2xx answer; HubNotReady or EnrollError with the reason else."""
        address = self.url.rstrip("/") + path
        request = Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            return self._exchange(request)
        except URLError as error:
            raise self._unreachable(error.reason) from None
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None

    def _exchange(self, request: Request) -> tuple[int, dict[str, Any]]:
        try:
            with self._opener().open(request, timeout=TIMEOUT_S) as answer:
                return answer.status, _object(answer.read(ANSWER_LIMIT), f"{self.url} {NOT_OURS}")
        except HTTPError as error:
            with error:
                raise self._refused(error.code, error.read(ANSWER_LIMIT)) from None

    def _opener(self) -> Any:
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise EnrollError(f"{self.ca_file}: {error.strerror or 'no certificate in it'}") from None
        return build_opener(ProxyHandler({}), _NoRedirects, HTTPSHandler(context=context))

    def _refused(self, status: int, body: bytes) -> EnrollError:
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return HubNotReady(f"the hub at {self.url} has trouble (HTTP {status}); try again later")
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return EnrollError(f"{self.url} sends us elsewhere: give the hub's real address")
        problem = _object(body, f"{self.url} {NOT_OURS} (HTTP {status})")
        text = f"the hub refused: {problem.get('detail') or problem.get('title') or f'HTTP {status}'}"
        return HubNotReady(text) if status == HTTPStatus.TOO_MANY_REQUESTS else EnrollError(text)

    def _unreachable(self, reason: object) -> EnrollError:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return EnrollError(
                f"{self.url} is not the hub we trust: {reason.verify_message} "
                "(another hub, a wrong --ca-file, or this device's clock is wrong)"
            )
        text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        heard = not isinstance(reason, ConnectionRefusedError | socket.gaierror)
        return HubNotReady(f"cannot reach the hub at {self.url}: {text}", heard)


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _object(body: bytes, complaint: str) -> dict[str, Any]:
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict):
        raise EnrollError(complaint)
    return plain
