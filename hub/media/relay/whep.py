"""WHEP (draft-ietf-wish-whep) over HTTP, shaped as MediaMTX's: POST an offer, PATCH candidates, DELETE the session."""

import re
from uuid import UUID, uuid4

from hub.media.relay.errors import NotPublishedError, OfferError
from hub.media.relay.gate import AccessRequest, Gate
from hub.media.relay.http import HttpRequest, HttpResponse, error_response
from hub.media.relay.paths import Paths
from hub.media.relay.webrtc import Viewer

ENDPOINT = re.compile(r"^/(?P<path>.+?)/whep(?:/(?P<secret>[0-9a-f-]{36}))?$")
WAIT_S = 5.0
VIEWERS = 400
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}
PREFLIGHT = {
    **CORS,
    "Access-Control-Allow-Methods": "OPTIONS, GET, POST, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
}
EXPOSED = "ETag, ID, Accept-Patch, Link, Location"


class WhepServer:
    """Every WebRTC viewer of this relay, by the secret in its session's address."""

    def __init__(self, paths: Paths, gate: Gate, wait_s: float = WAIT_S) -> None:
        self._paths, self._gate, self._wait_s = paths, gate, wait_s
        self._viewers: dict[str, Viewer] = {}
        self._waiting = 0

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one HTTP request."""
        match = ENDPOINT.match(request.path)
        if request.method == "OPTIONS":
            return HttpResponse(204, {**PREFLIGHT, "Accept-Post": "application/sdp"})
        if match is None:
            return error_response(404, "not found", CORS)
        if match["secret"] is None:
            return await self._endpoint(request, match["path"])
        return await self._session(request, match["secret"])

    async def _endpoint(self, request: HttpRequest, path: str) -> HttpResponse:
        if request.method != "POST":
            return error_response(405, "method not allowed", CORS)
        if not request.headers.get("content-type", "").lower().startswith("application/sdp"):
            return error_response(400, "invalid Content-Type", CORS)
        if len(self._viewers) + self._waiting >= VIEWERS:
            return error_response(503, "too many viewers", CORS)
        session_id = uuid4()
        if not await self._gate.allows(_access(request, path, session_id)):
            challenge = {"WWW-Authenticate": 'Basic realm="watchpost"'}
            return error_response(401, "authentication error", {**CORS, **challenge})
        return await self._open(request, path, session_id)

    async def _open(self, request: HttpRequest, path: str, session_id: UUID) -> HttpResponse:
        self._waiting += 1
        try:
            stream = await self._paths.find(path, self._wait_s)
            viewer = Viewer(stream, request.query, self._forget, session_id)
            secret = str(uuid4())
            self._viewers[secret] = viewer
            return _created(request, path, secret, await self._answer(viewer, request.body))
        except NotPublishedError as error:
            return error_response(404, str(error), CORS)
        except OfferError as error:
            return error_response(400, str(error), CORS)
        finally:
            self._waiting -= 1

    async def _answer(self, viewer: Viewer, offer: bytes) -> str:
        try:
            return await viewer.answer(offer.decode(errors="replace"))
        except OfferError:
            await viewer.close()
            raise

    async def _session(self, request: HttpRequest, secret: str) -> HttpResponse:
        viewer = self._viewers.get(secret)
        if viewer is None:
            return error_response(404, "session not found", CORS)
        if request.method == "PATCH":  # candidates are not needed: the viewer's address comes with its first check
            return HttpResponse(204, CORS)
        if request.method == "DELETE":
            await viewer.close()
            return HttpResponse(200, CORS)
        return error_response(405, "method not allowed", CORS)

    def _forget(self, viewer: Viewer) -> None:
        self._viewers = {secret: other for secret, other in self._viewers.items() if other is not viewer}

    def viewers(self) -> list[Viewer]:
        return list(self._viewers.values())

    async def kick(self, viewer_id: UUID) -> bool:
        """Send one viewer away; False when there is no such viewer."""
        for viewer in self.viewers():
            if viewer.reader.id == viewer_id:
                await viewer.close()
                return True
        return False

    async def close(self) -> None:
        for viewer in self.viewers():
            await viewer.close()


def _access(request: HttpRequest, path: str, session_id: UUID) -> AccessRequest:
    agent = request.headers.get("user-agent", "")[:200]
    return AccessRequest(
        request.ip,
        "read",
        path,
        "webrtc",
        token=request.bearer,
        id=str(session_id),
        query=request.query,
        userAgent=agent,
    )


def _created(request: HttpRequest, path: str, secret: str, answer: str) -> HttpResponse:
    query = f"?{request.query}" if request.query else ""
    headers = {
        **CORS,
        "Content-Type": "application/sdp",
        "Access-Control-Expose-Headers": EXPOSED,
        "ETag": "*",
        "Accept-Patch": "application/trickle-ice-sdpfrag",
        "Location": f"/{path}/whep/{secret}{query}",
    }
    return HttpResponse(201, headers, answer.encode())
