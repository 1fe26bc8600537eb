"""The part of MediaMTX's control API that the hub uses: paths with their health, viewers, and sending a viewer away."""

import re
from uuid import UUID

from hub.media.relay.gate import AccessRequest, Gate
from hub.media.relay.http import HttpRequest, HttpResponse, error_response, json_response
from hub.media.relay.paths import Paths, Stream
from hub.media.relay.rtsp import RtspConnection, RtspServer
from hub.media.relay.webrtc import Viewer
from hub.media.relay.whep import WhepServer

KICK = re.compile(r"^/v3/(?P<kind>webrtc|rtsp)sessions/kick/(?P<id>[0-9a-f-]{36})$")


class ApiServer:
    """Answers `GET /v3/paths/list`, and `GET /v3/<kind>/list` and `POST /v3/<kind>/kick/<id>` of both session kinds."""

    def __init__(self, paths: Paths, whep: WhepServer, rtsp: RtspServer, gate: Gate) -> None:
        self._paths, self._whep, self._rtsp, self._gate = paths, whep, rtsp, gate

    async def handle(self, request: HttpRequest) -> HttpResponse:
        access = AccessRequest(request.ip, "api", "", "", token=request.bearer, query=request.query)
        if not await self._gate.allows(access):
            return error_response(401, "authentication error", {"WWW-Authenticate": 'Basic realm="watchpost"'})
        if (request.method, request.path) == ("GET", "/v3/paths/list"):
            return _list([describe_stream(stream) for stream in self._paths.all()])
        if (request.method, request.path) == ("GET", "/v3/webrtcsessions/list"):
            return _list([describe_viewer(viewer) for viewer in self._whep.viewers()])
        if (request.method, request.path) == ("GET", "/v3/rtspsessions/list"):
            return _list([describe_peer(peer) for peer in self._rtsp.sessions()])
        kick = KICK.match(request.path)
        if request.method == "POST" and kick is not None:
            return await self._kick(kick["kind"], kick["id"])
        return error_response(404, "not found")

    async def _kick(self, kind: str, text: str) -> HttpResponse:
        try:
            session_id = UUID(text)
        except ValueError:
            return error_response(400, "invalid id")
        known = self._rtsp.kick(session_id) if kind == "rtsp" else await self._whep.kick(session_id)
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
        "created": viewer.created.isoformat(),
        "state": "read",
        "path": viewer.stream.name,
        "query": viewer.query,
        "peerConnectionEstablished": viewer.state == "connected",
    }


def describe_peer(peer: RtspConnection) -> dict[str, object]:
    """An RTSP session in MediaMTX's words."""
    return {"id": str(peer.id), "created": peer.created.isoformat(), "state": peer.state, "path": peer.path}
