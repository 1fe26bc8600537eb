"""Start, stop and watch a camera's stream: where it plays, the token for it, and the lease that keeps it coming."""

from datetime import UTC, datetime
from typing import Literal

from flask import Blueprint

from hub.api import actor
from hub.api.operation import operation
from hub.api.schemas import streams as schemas
from hub.auth.guard import Role, check_camera, current_user
from hub.media import leases
from hub.media.leases import LEASE_S, Watching
from hub.media.tokens import Viewer, viewer_token
from hub.services import services
from hub.store import screens
from hub.store.models import database

blueprint = Blueprint("streams", __name__, url_prefix="/api/cameras/<id:camera_id>/stream")


@blueprint.post("/watch")
@operation("streams", Role.VIEWER, {200: schemas.StreamAnswer}, 404, scope="streams:read")
def watch_stream(camera_id: int, json: schemas.StreamWatch) -> schemas.StreamAnswer:
    """Take or renew your lease: the device publishes as long as somebody holds one. Call again within `lease_s`."""
    check_camera(camera_id)
    viewer, now = f"{current_user().session_id}.{json.page}".rstrip("."), datetime.now(UTC)
    watching = leases.watch(camera_id, viewer, now, json.width)
    if json.screen is not None:
        screens.tell(camera_id, json.screen.p50_ms, json.screen.p95_ms, now)
    return _answer(camera_id, watching)


@blueprint.post("/start")
@operation("streams", Role.OPERATOR, {200: schemas.StreamAnswer}, 404)
def start_stream(camera_id: int) -> schemas.StreamAnswer:
    """Keep the stream on, whether anybody watches or not."""
    return _pinned(camera_id, "start")


@blueprint.post("/stop")
@operation("streams", Role.OPERATOR, {200: schemas.StreamAnswer}, 404)
def stop_stream(camera_id: int) -> schemas.StreamAnswer:
    """Keep the stream off for everybody, until somebody starts it."""
    return _pinned(camera_id, "stop")


@blueprint.post("/auto")
@operation("streams", Role.OPERATOR, {200: schemas.StreamAnswer}, 404)
def unpin_stream(camera_id: int) -> schemas.StreamAnswer:
    """Take back start or stop: the stream runs while somebody watches."""
    return _pinned(camera_id, None)


def _pinned(camera_id: int, choice: Literal["start", "stop"] | None) -> schemas.StreamAnswer:
    check_camera(camera_id)
    with database.atomic():
        watching = leases.pin(camera_id, choice, current_user().username)
        actor.record(f"stream.{choice or 'auto'}", f"camera {camera_id}")
    return _answer(camera_id, watching)


def _answer(camera_id: int, watching: Watching) -> schemas.StreamAnswer:
    user = current_user()
    return schemas.StreamAnswer(
        whep_url=f"/media/{camera_id}/whep",
        token=viewer_token(services().keys, camera_id, Viewer(user.id, user.session_id)),
        lease_s=LEASE_S,
        state=watching.state,
        reason=watching.reason,
        note=watching.note,
        at=datetime.now(UTC),
    )
