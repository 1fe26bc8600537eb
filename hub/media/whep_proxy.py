"""WHEP signalling through the hub, so that pages need no second origin; the video itself goes straight to the browser.

The token in the request is the right to watch, checked by the media server's hook; no cookie is read here.
"""

import re
from threading import BoundedSemaphore

import urllib3
from flask import Blueprint, Response, request

from hub.errors import Busy, Invalid
from hub.services import services

blueprint = Blueprint("whep", __name__, url_prefix="/media/<id:camera_id>/whep")

SDP_LIMIT = 128 * 1024
# The relay holds an offer until the publisher is there, which keeps a thread of ours; and before it answers, the media
# server asks our own hook, which needs another one: so at most half of the web threads.
AT_ONCE = 8
PASSED_ON = ("Authorization", "Content-Type", "If-Match", "User-Agent")
PASSED_BACK = ("Content-Type", "ETag", "Link", "Accept-Patch", "ID")
SESSION = re.compile(r"[0-9A-Za-z-]{1,64}")

_http = urllib3.PoolManager(maxsize=AT_ONCE, timeout=urllib3.Timeout(connect=2, read=8), retries=False)
_slots = BoundedSemaphore(AT_ONCE)


@blueprint.route("", methods=["POST", "OPTIONS"])
def endpoint(camera_id: int) -> Response:
    """An offer becomes an answer and a session."""
    return _forward(camera_id, "")


@blueprint.route("/<session>", methods=["PATCH", "DELETE"])
def session_resource(camera_id: int, session: str) -> Response:
    """Candidates for a session, or its end."""
    if not SESSION.fullmatch(session):
        raise Invalid("no such session")
    return _forward(camera_id, f"/{session}")


def _forward(camera_id: int, session: str) -> Response:
    if (request.content_length or 0) > SDP_LIMIT:
        raise Invalid(f"an offer has at most {SDP_LIMIT} bytes")
    if not _slots.acquire(blocking=False):
        raise Busy("too many viewers join at once")
    try:
        base = f"{services().settings.media_whep_url}/{camera_id}/whep"
        return _answered(camera_id, _ask(base + session))
    except urllib3.exceptions.HTTPError as error:
        raise Busy("the media server does not answer") from error
    finally:
        _slots.release()


def _ask(url: str) -> urllib3.BaseHTTPResponse:
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    return _http.request(request.method, url, body=request.get_data(), headers=headers, preload_content=False)


def _answered(camera_id: int, answer: urllib3.BaseHTTPResponse) -> Response:
    body = answer.read(SDP_LIMIT + 1)
    answer.release_conn()
    if len(body) > SDP_LIMIT:
        raise Busy("the media server's answer is too long")
    response = Response(body, answer.status)
    response.headers.remove("Content-Type")
    for name in PASSED_BACK:
        if name in answer.headers:
            response.headers[name] = answer.headers[name]
    _locate(response, camera_id, answer.headers.get("Location", ""))
    return response


def _locate(response: Response, camera_id: int, location: str) -> None:
    """The session's address as a path from our root."""
    session = location.split("?", maxsplit=1)[0].rpartition("/")[2]
    if location and SESSION.fullmatch(session):
        response.autocorrect_location_header = False
        response.headers["Location"] = f"/media/{camera_id}/whep/{session}"
