"""The media server's API as the hub uses it; MediaMTX and the relay answer alike. The only importer of that API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
import urllib3

from hub.auth.keys import SigningKeys
from hub.media.errors import MediaServerError
from hub.media.tokens import VIEWER, api_token

PAGE = 1000


@dataclass(frozen=True, slots=True)
class PathHealth:
    """One path that is being published: since when, bytes so far, and how many read it."""

    name: str
    since: datetime | None
    inbound_bytes: int
    readers: int


@dataclass(frozen=True, slots=True)
class _Path:
    name: str
    online: bool = False
    onlineTime: datetime | None = None
    inboundBytes: int = 0
    readers: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class _Session:
    id: str
    path: str
    query: str = ""


class MediaApi:
    """Asks one media server, with a token of the hub's own key for every question."""

    def __init__(self, api_url: str, keys: SigningKeys) -> None:
        self._url = api_url
        self._keys = keys
        self._http = urllib3.PoolManager(maxsize=2, timeout=urllib3.Timeout(connect=1, read=3), retries=False)

    def paths(self) -> list[PathHealth]:
        """Every path that is being published now; MediaServerError when it does not answer."""
        found = [msgspec.convert(item, _Path) for item in self._items("/v3/paths/list")]
        return [
            PathHealth(path.name, path.onlineTime, path.inboundBytes, len(path.readers or ()))
            for path in found
            if path.online
        ]

    def end_camera(self, camera_id: int) -> int:
        """End every WebRTC connection to one camera; how many. Players of those who still may come back at once."""
        return self._end(lambda session: session.path == str(camera_id))

    def end_viewer(self, session_id: UUID) -> int:
        """End every WebRTC connection of one log-in, and those that nobody's name is on; how many."""
        return self._end(lambda session: parse_qs(session.query).get(VIEWER, [""])[0] in ("", str(session_id)))

    def _end(self, condemned: Callable[[_Session], bool]) -> int:
        sessions = [msgspec.convert(item, _Session) for item in self._items("/v3/webrtcsessions/list")]
        theirs = [session for session in sessions if condemned(session)]
        for session in theirs:
            self._ask("POST", f"/v3/webrtcsessions/kick/{session.id}", {}, gone_is_fine=True)
        return len(theirs)

    def _items(self, path: str) -> list[Any]:
        items: list[Any] = []
        page, pages = 0, 1
        while page < pages:
            answer = self._ask("GET", path, {"itemsPerPage": str(PAGE), "page": str(page)})
            items += answer.get("items") or []
            page, pages = page + 1, int(answer.get("pageCount") or 0)
        return items

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
