"""Commands: a picture now, a look at an address, a restart, a self-test; asked here, answered by the device."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response

from edge.wire.messages import Action
from hub.api import actor
from hub.api.operation import operation
from hub.api.schemas import commands as schemas
from hub.auth.guard import Role, check_camera, check_role, current_user
from hub.auth.limits import COMMANDS
from hub.errors import Conflict, Invalid, NotFound
from hub.fleet import commands as fleet
from hub.fleet import source_url
from hub.fleet.sealed_addresses import opened
from hub.services import services
from hub.store import cameras, commands, devices
from hub.store.models import Camera, Command, database

blueprint = Blueprint("commands", __name__, url_prefix="/api/devices/<device:device_id>/commands")


@blueprint.post("")
@operation("devices", Role.OPERATOR, {202: schemas.CommandAsked}, 404, 409, 429)
def ask_device(device_id: str, json: schemas.CommandNew) -> tuple[schemas.CommandAsked, int]:
    """Ask a device; `snapshot` of a camera needs the role operator, everything else admin.

    `probe` looks at `url`, which may be masked if `camera_id` says whose secrets are meant, or at that camera's own.
    """
    action = Action(json.action)
    if action is not Action.SNAPSHOT:
        check_role(Role.ADMIN, "devices")
    camera = _camera(device_id, json, action)
    url = _address(json, camera) if action is Action.PROBE else ""
    user = current_user()
    services().limits.spend(f"commands {user.id}", COMMANDS)
    asked = fleet.Asked(action, user.username, json.camera_id, url)
    with database.atomic():
        if devices.one(device_id) is None:
            raise NotFound(f"no device {device_id}")
        command_id = fleet.ask(device_id, asked, services().sealer)
        after = {"action": json.action, "camera_id": json.camera_id, "url": source_url.masked(url) or None}
        actor.record("device.command", f"device {device_id}", None, after)
    return schemas.CommandAsked(command_id=command_id, answer_within_s=fleet.PATIENCE_S[action]), HTTPStatus.ACCEPTED


@blueprint.get("/<uuid:command_id>")
@operation("devices", Role.OPERATOR, {200: schemas.Command}, 404)
def get_command(device_id: str, command_id: UUID) -> schemas.Command:
    """How a command stands; answers are kept for a quarter of an hour."""
    return shown(_found(device_id, command_id))


@blueprint.get("/<uuid:command_id>/picture")
@operation("devices", Role.OPERATOR, {200: None}, 404)
def get_command_picture(device_id: str, command_id: UUID) -> Response:
    """The picture that came with the answer, as JPEG."""
    picture = _found(device_id, command_id).picture
    if not picture:
        raise NotFound("there is no picture with this answer")
    answer = Response(bytes(picture), mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=900"
    return answer


def shown(command: Command) -> schemas.Command:
    """A command as answers show it."""
    state, error = fleet.state_of(command, datetime.now(UTC))
    place = f"/api/devices/{command.device_id}/commands/{command.id}"
    return schemas.Command(
        id=command.id,
        device_id=command.device_id,
        action=cast(Any, command.action),
        camera_id=command.camera_id,
        asked_by=command.asked_by,
        asked_at=command.asked_at,
        expires_at=command.expires_at,
        answered_at=command.answered_at,
        state=state,
        error=error,
        details=command.details,
        picture_url=f"{place}/picture" if command.picture else None,
    )


def _found(device_id: str, command_id: UUID) -> Command:
    """A command that this user may know of: an admin any, others those about a camera that they may see."""
    command, user = commands.one(device_id, command_id), current_user()
    theirs = command is not None and command.camera_id is not None and user.may_see(command.camera_id)
    if command is None or not (theirs or user.role is Role.ADMIN):
        raise NotFound(f"no command {command_id}, or it is forgotten by now")
    return command


def _camera(device_id: str, json: schemas.CommandNew, action: Action) -> Camera | None:
    """The camera that a command is about, if it is about one."""
    if json.url is not None and action is not Action.PROBE:
        raise Invalid.field("body.url", "only a probe takes an address")
    if json.camera_id is None:
        if action is Action.SNAPSHOT:
            raise Invalid.field("body.camera_id", "a snapshot of which camera?")
        return None
    check_camera(json.camera_id)
    camera = cameras.one(json.camera_id)
    if camera is None:
        raise NotFound(f"no camera {json.camera_id}")
    if camera.device_id != device_id and action is not Action.PROBE:
        raise Conflict(f"camera {json.camera_id} does not hang on device {device_id}")
    return camera


def _address(json: schemas.CommandNew, camera: Camera | None) -> str:
    """What to look at: only what a camera's address may be, with the secrets of the camera that is named."""
    known = _known_addresses(camera) if camera is not None else []
    if json.url is None:
        if not known:
            raise Invalid.field("body.url", "which address? or name a camera")
        return known[0]
    for address in known:
        if json.url == source_url.masked(address):
            return address
    address = source_url.unmasked(json.url, known[0] if known else "rtsp://", "body.url")
    source_url.check(address, "body.url")
    return address


def _known_addresses(camera: Camera) -> list[str]:
    """A camera's own address and, if it has one, that of its second stream."""
    found = opened(camera, services().sealer)
    return [address for address in (found.address, found.settings.detect_url) if address]
