"""GET /api/alerts/live: the handshake, what was missed, then over to the fan-out."""

import resource
import socket
import time
from dataclasses import replace
from functools import partial
from threading import Lock
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, request
from peewee import PeeweeException
from pydantic import ValidationError
from wsproto.connection import Connection, ConnectionType
from wsproto.events import AcceptConnection
from wsproto.handshake import H11Handshake
from wsproto.utilities import ProtocolError

from hub.api import cursors
from hub.api.operation import operation
from hub.api.problem import invalid
from hub.api.schemas import alerts as schemas
from hub.auth.guard import Principal, check_scope, current_user
from hub.auth.tokens import principal_of_ticket
from hub.errors import Busy, Forbidden, Malformed, Rejected
from hub.live.detach import detached
from hub.live.fanout import Fanout, Full
from hub.live.feed import Feed
from hub.live.live_socket import LiveSocket
from hub.live.messages import alert_message, missed_message
from hub.live.states import States
from hub.services import services
from hub.store import alerts, principals
from hub.store.listen import Listener

blueprint = Blueprint("live", __name__)
EXTENSION = "watchpost.live"
REPLAY = 500
SEND_S = 5.0
DESCRIPTORS = 65536
_starting = Lock()
_states = States()


class UpgradeRequired(Rejected):
    """This path speaks WebSocket and nothing else."""

    status = 426


@blueprint.get("/api/alerts/live")
@operation("alerts", None, {101: None}, 401, 403, 426)
def live_alerts(query: schemas.LiveQuery) -> Response:
    """WebSocket: alerts as they open and change, cameras and devices as they change; `after` replays what was missed.

    That is the alerts behind it, and how every camera and device is now. Messages are JSON objects with `type`: `alert`
    (with `cursor`, to come back with), `camera`, `device`, and `missed` when more was missed than is replayed. Between
    two `states`, `begin` and `end`, every camera and device is told: what is not among them is no more, or not yours.
    Authorised by cookie, Bearer token or `ticket`, and closed when that ends.
    """
    del query
    raise UpgradeRequired("this is a WebSocket")


@blueprint.get("/api/alerts/live", websocket=True)
def live() -> Response:
    """The same path for those who ask for an upgrade; spectree leaves such a route alone, so it checks for itself."""
    try:
        query = schemas.LiveQuery.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise invalid(error, "query") from None
    user = _who(query.ticket)
    after = cursors.ordinal_of(query.after) if query.after is not None else None
    accept, connection = _shaken()
    _check_origin()
    fanout = _fanout()
    sock = detached(request.environ)
    if not _sent(sock, accept):
        return Response(status=101)
    live_socket = LiveSocket(sock, connection, user, time.monotonic(), _heard_until(after))
    try:
        position = fanout.admit(live_socket)
        user = _as_of_now(user, fanout)
        fanout.begin(live_socket, _missed(user, after, position) + (b"" if after is None else _states_for(user)))
    except (Full, TimeoutError, PeeweeException):
        fanout.forget(live_socket)
        raise Busy("no room for another dashboard") from None
    except Exception:
        fanout.forget(live_socket)
        raise
    return Response(status=101)


def fanout_of(app: Flask) -> Fanout | None:
    """The fan-out of this process, if anybody has connected yet."""
    found = app.extensions.get(EXTENSION)
    return found if isinstance(found, Fanout) else None


def socket_count(app: Flask) -> int:
    """How many dashboards listen to this process."""
    fanout = fanout_of(app)
    return fanout.count() if fanout is not None else 0


def _sent(sock: socket.socket, accept: bytes) -> bool:
    """Whether the client still took the answer to its handshake."""
    sock.settimeout(SEND_S)
    try:
        sock.sendall(accept)
    except OSError:
        sock.close()
        return False
    return True


def _who(ticket: str | None) -> Principal:
    user = principal_of_ticket(ticket) if ticket is not None else current_user()
    check_scope(user, "alerts:read")
    return user


def _as_of_now(user: Principal, fanout: Fanout) -> Principal:
    """Who it is, asked again: of what changes from now on the feed tells, of what changed a moment ago it did not."""
    now = principals.of_either(user.id, user.session_id, user.expires_at)
    if now is None:
        fanout.end_session(user.session_id)
        return replace(user, camera_ids=frozenset())
    fanout.permit(now)
    return now


def _shaken() -> tuple[bytes, Connection]:
    """The answer to the handshake, and the connection that begins with it (RFC 6455, section 4.2)."""
    handshake = H11Handshake(ConnectionType.SERVER)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers]
    try:
        handshake.initiate_upgrade_connection(headers, request.path)
        answer = handshake.send(AcceptConnection())
    except (ProtocolError, UnicodeEncodeError) as error:
        raise Malformed(f"not a WebSocket handshake: {error}") from None
    if handshake.connection is None:
        raise Malformed("not a WebSocket handshake")
    return answer, handshake.connection


def _check_origin() -> None:
    """A page of another site must not open a socket with our cookies; programs send no Origin."""
    origin = request.headers.get("Origin")
    ours = {request.host, urlsplit(services().settings.public_url).netloc}
    if origin is not None and urlsplit(origin).netloc not in ours:
        raise Forbidden("the page that asks is of another site")


def _heard_until(after: int | None) -> int:
    """Up to where this page has heard, perhaps from a process that is ahead of this one. A cursor from the future is
    none: the hub has been restored from a backup and counts anew."""
    return after if after is not None and after <= alerts.last_ordinal() else 0


def _missed(user: Principal, after: int | None, position: int) -> bytes:
    """Frames of what was committed behind `after` up to `position`; the newest of it, if it is much."""
    if after is None or after == position:
        return b""
    if after > position:
        return b"" if _heard_until(after) else missed_message()
    rows = alerts.between_ordinals(after, position, REPLAY + 1)
    messages = [alert_message(row) for row in rows[-REPLAY:] if user.may_see(row.camera_id)]
    first = missed_message() if len(rows) > REPLAY else b""
    return first + b"".join(message.frame for message in messages)


def _states_for(user: Principal) -> bytes:
    """How cameras and devices are: of their changes nothing is kept that could be told again."""
    return b"".join(message.frame for message in _states.now() if message.is_for(user.camera_ids))


def _fanout() -> Fanout:
    """The fan-out of this process: its threads start with the first dashboard, after gunicorn has forked."""
    with _starting:
        fanout = fanout_of(current_app)
        if fanout is None:
            fanout = _started(current_app._get_current_object())  # type: ignore[attr-defined]
        return fanout


def _started(app: Flask) -> Fanout:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))
    position = alerts.last_ordinal()
    fanout = Fanout(position)
    fanout.start()
    Feed(app, partial(Listener, services().settings.database_url), fanout, position).start()
    app.extensions[EXTENSION] = fanout
    return fanout
