"""Asks the hub who may publish and read: the same HTTP hook, with the same JSON, that MediaMTX calls."""

import asyncio
import json
import logging
from dataclasses import asdict, dataclass, field
from typing import Literal, Protocol

import urllib3

log = logging.getLogger(__name__)

Action = Literal["publish", "read", "api"]


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Who wants what; field names are MediaMTX's. `protocol` is rtsp, webrtc or empty for the API."""

    ip: str
    action: Action
    path: str
    protocol: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    id: str | None = None
    query: str = field(default="", repr=False)
    userAgent: str = ""


class Gate(Protocol):
    """Decides on every publisher, reader and caller of the API."""

    async def allows(self, request: AccessRequest) -> bool:
        """Whether it may; False too when nobody could be asked."""


class HttpGate:
    """Asks an HTTP hook; any 2xx allows, everything else and every failure refuses."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = urllib3.PoolManager(maxsize=8, timeout=urllib3.Timeout(connect=2, read=5), retries=False)

    async def allows(self, request: AccessRequest) -> bool:
        return await asyncio.to_thread(self._ask, request)

    def _ask(self, request: AccessRequest) -> bool:
        body = json.dumps(asdict(request)).encode()
        try:
            answer = self._http.request("POST", self._url, body=body, headers={"Content-Type": "application/json"})
        except urllib3.exceptions.HTTPError as error:
            log.error("the authorisation hook does not answer: %s", type(error).__name__)
            return False
        return 200 <= answer.status < 300
