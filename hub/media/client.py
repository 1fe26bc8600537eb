"""The media server's API as the hub uses it; MediaMTX and the relay answer alike. The only importer of that API."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
import urllib3

from hub.auth.keys import SigningKeys
from hub.media.errors import MediaServerError
from hub.media.tokens import api_token

PAGE = 1000
Kind = Literal["webrtcsessions", "rtspsessions"]
KINDS: tuple[Kind, ...] = ("webrtcsessions", "rtspsessions")


@dataclass(frozen=True, slots=True)
class PathHealth:
    """One path that is being published: since when, bytes so far, and how many read it."""

    name: str
    since: datetime | None
    inbound_bytes: int
    readers: int


@dataclass(frozen=True, slots=True)
class Running:
    """Somebody who publishes or watches now, as the media server knows them."""

    kind: Kind
    id: UUID
    created: datetime
    path: str


@dataclass(frozen=True, slots=True)
class _Path:
    name: str
    online: bool = False
    onlineTime: datetime | None = None
    inboundBytes: int = 0
    readers: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class _Session:
    id: UUID
    created: datetime
    state: str = ""
    path: str = ""


class MediaApi:
    """Asks one media server, with a token of the hub's own key for every question."""

    def __init__(self, api_url: str, keys: SigningKeys) -> None:
        self._url = api_url
        self._keys = keys
        self._http = urllib3.PoolManager(maxsize=2, timeout=urllib3.Timeout(connect=1, read=3), retries=False)

    def paths(self) -> list[PathHealth]:
        """Every path that is being published now; MediaServerError when it does not answer."""
        return [
            PathHealth(path.name, path.onlineTime, path.inboundBytes, len(path.readers or ()))
            for path in self._items("/v3/paths/list", _Path)
            if path.online
        ]

    def running(self) -> list[Running]:
        """Everybody who publishes or watches now, over RTSP or WebRTC."""
        return [
            Running(kind, session.id, session.created, session.path)
            for kind in KINDS
            for session in self._items(f"/v3/{kind}/list", _Session)
            if session.state in ("read", "publish")
        ]

    def end(self, running: Running) -> None:
        """Send somebody away; nothing happens when they have left already."""
        self._ask("POST", f"/v3/{running.kind}/kick/{running.id}", {}, gone_is_fine=True)

    def _items(self, path: str, kind: type[Any]) -> list[Any]:
        items: list[Any] = []
        page, pages = 0, 1
        while page < pages:
            answer = self._ask("GET", path, {"itemsPerPage": str(PAGE), "page": str(page)})
            items += answer.get("items") or []
            page, pages = page + 1, int(answer.get("pageCount") or 0)
        try:
            return [msgspec.convert(item, kind) for item in items]
        except msgspec.ValidationError as error:
            raise MediaServerError(f"the media server's API answered something else at {path}: {error}") from error

    def _ask(self, method: str, path: str, fields: Mapping[str, str], *, gone_is_fine: bool = False) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {api_token(self._keys)}"}
        try:
            answer = self._http.request(method, self._url + path, fields=dict(fields) or None, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise MediaServerError(f"the media server's API does not answer: {type(error).__name__}") from error
        if answer.status == 404 and gone_is_fine:
            return {}
        if answer.status != 200:
            raise MediaServerError(f"the media server's API answered {answer.status}")
        try:
            return msgspec.json.decode(answer.data, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise MediaServerError("the media server's API did not answer JSON") from error
