"""The part of MediaMTX's control API that the hub uses: paths with their health, viewers, and sending a viewer away."""

import re
from uuid import UUID

from hub.media.relay.gate import AccessRequest, Gate
from hub.media.relay.http import HttpRequest, HttpResponse, error_response, json_response
from hub.media.relay.paths import Paths, Stream
from hub.media.relay.webrtc import Viewer
from hub.media.relay.whep import WhepServer

KICK = re.compile(r"^/v3/webrtcsessions/kick/(?P<id>[0-9a-f-]{36})$")


class ApiServer:
    """Answers `GET /v3/paths/list`, `GET /v3/webrtcsessions/list` and `POST /v3/webrtcsessions/kick/<id>`."""

    def __init__(self, paths: Paths, whep: WhepServer, gate: Gate) -> None:
        self._paths, self._whep, self._gate = paths, whep, gate

    async def handle(self, request: HttpRequest) -> HttpResponse:
        access = AccessRequest(request.ip, "api", "", "", token=request.bearer, query=request.query)
        if not await self._gate.allows(access):
            return error_response(401, "authentication error", {"WWW-Authenticate": 'Basic realm="watchpost"'})
        if (request.method, request.path) == ("GET", "/v3/paths/list"):
            return _list([describe_stream(stream) for stream in self._paths.all()])
        if (request.method, request.path) == ("GET", "/v3/webrtcsessions/list"):
            return _list([describe_viewer(viewer) for viewer in self._whep.viewers()])
        kick = KICK.match(request.path)
        if request.method == "POST" and kick is not None:
            return await self._kick(kick["id"])
        return error_response(404, "not found")

    async def _kick(self, text: str) -> HttpResponse:
        try:
            known = await self._whep.kick(UUID(text))
        except ValueError:
            return error_response(400, "invalid id")
        return json_response(200, {"status": "ok"}) if known else error_response(404, "session not found")


def _list(items: list[dict[str, object]]) -> HttpResponse:
    return json_response(200, {"itemCount": len(items), "pageCount": 1 if items else 0, "items": items})


def describe_stream(stream: Stream) -> dict[str, object]:
    """A published path in MediaMTX's words."""
    return {
        "name": stream.name,
        "online": True,
        "onlineTime": stream.since.isoformat(),
        "inboundBytes": stream.inbound_bytes,
        "readers": [{"type": reader.kind, "id": str(reader.id)} for reader in stream.readers.values()],
    }


def describe_viewer(viewer: Viewer) -> dict[str, object]:
    """A WebRTC session in MediaMTX's words."""
    return {
        "id": str(viewer.reader.id),
        "path": viewer.stream.name,
        "query": viewer.query,
        "peerConnectionEstablished": viewer.state == "connected",
    }
