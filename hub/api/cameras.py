"""Cameras: what there is to watch. Everybody sees those they may see; admins add, change and remove them."""

from datetime import UTC, datetime
from typing import Any, cast

from flask import Blueprint, Response

from edge.wire.messages import CameraSettings
from hub.api import actor
from hub.api.operation import operation
from hub.api.schemas import cameras as schemas
from hub.auth.guard import Role, check_camera, current_user, visible_cameras
from hub.errors import Conflict, NotFound
from hub.fleet import camera_settings, source_url
from hub.fleet.condition import condition, stream_state
from hub.fleet.desired import touch
from hub.fleet.sealed_addresses import opened
from hub.services import services
from hub.store import cameras, devices
from hub.store.models import Camera, database
from hub.store.notify import CAMERA, notify
from hub.store.sealing import seal_in_turn

blueprint = Blueprint("cameras", __name__, url_prefix="/api/cameras")
PLAIN = ("name", "location", "enabled")


@blueprint.get("")
@operation("cameras", Role.VIEWER, {200: schemas.CameraList})
def list_cameras() -> schemas.CameraList:
    """The cameras that you may see, by name."""
    visible = visible_cameras(current_user(), Camera.id)
    return schemas.CameraList(items=[shown(camera) for camera in cameras.listing(visible)])


@blueprint.post("")
@operation("cameras", Role.ADMIN, {201: schemas.Camera}, 409)
def create_camera(json: schemas.CameraNew) -> tuple[schemas.Camera, int]:
    """Add a camera; its device hears of it at once, or when it returns."""
    source_url.check(json.source_url)
    address = source_url.unmasked(json.source_url, "rtsp://")
    settings = camera_settings.merged(CameraSettings(), json.settings)
    sealer = services().sealer
    values: dict[str, Any] = {name: getattr(json, name) for name in PLAIN}
    with database.atomic():
        seal_in_turn()
        values |= {"source_url_sealed": sealer.seal(address), "settings": camera_settings.sealed(settings, sealer)}
        device_id = _device(json.device_id) if json.device_id else devices.only_approved()
        camera_id = cameras.insert({**values, "device": device_id, "revision": touch(device_id)})
        created = _announced(camera_id)
        actor.record("camera.create", f"camera {camera_id}", None, _audited(created))
    return created, 201


@blueprint.get("/<id:camera_id>")
@operation("cameras", Role.VIEWER, {200: schemas.Camera}, 404)
def get_camera(camera_id: int) -> schemas.Camera:
    """One camera."""
    check_camera(camera_id)
    return shown(_found(camera_id))


@blueprint.patch("/<id:camera_id>")
@operation("cameras", Role.ADMIN, {200: schemas.Camera}, 404, 409)
def change_camera(camera_id: int, json: schemas.CameraChange) -> schemas.Camera:
    """Change a camera; what you leave out stays as it is."""
    with database.atomic():
        seal_in_turn()
        if cameras.locked(camera_id) is None:
            raise NotFound(f"no camera {camera_id}")
        camera = _found(camera_id)
        before, values = shown(camera), _changes(camera, json)
        old_device, new_device = camera.device_id, values.get("device", camera.device_id)
        if old_device != new_device:
            touch(old_device)
        cameras.update(camera_id, {**values, "revision": touch(new_device)})
        changed = _announced(camera_id)
        actor.record("camera.change", f"camera {camera_id}", _audited(before), _audited(changed))
    return changed


@blueprint.delete("/<id:camera_id>")
@operation("cameras", Role.ADMIN, {204: None}, 404)
def delete_camera(camera_id: int) -> Response:
    """Remove a camera; its alerts stay."""
    with database.atomic():
        camera = _found(camera_id)
        cameras.delete(camera_id)
        touch(camera.device_id)
        notify(CAMERA, str(camera_id))
        actor.record("camera.delete", f"camera {camera_id}", _audited(shown(camera)))
    return Response(status=204)


def shown(camera: Camera) -> schemas.Camera:
    """A camera (from hub.store.cameras, so with its device) as answers and the live feed show it."""
    found, device = opened(camera, services().sealer), camera.device
    state = condition(camera, device, datetime.now(UTC))
    status = schemas.CameraStatus(state=cast(Any, state.state), since=state.since, reason=state.reason)
    if found.trouble:
        status = schemas.CameraStatus(state="offline", since=None, reason=found.trouble)
    stream = schemas.CameraStream(
        wanted=cameras.wanted(camera),
        state=cast(Any, stream_state(camera, device)),
        pin=cast(Any, camera.pin),
        pinned_by=camera.pinned_by,
        boxes=cast(Any, camera.stream_boxes),
        note=camera.stream_note,
        published=_published(camera),
        screen=_screen(camera),
    )
    return schemas.Camera(
        id=camera.id,
        name=camera.name,
        source_url=source_url.masked(found.address),
        location=camera.location,
        device_id=camera.device_id,
        enabled=camera.enabled,
        settings=camera_settings.shown(found.settings),
        status=status,
        stream=stream,
    )


def _published(camera: Camera) -> schemas.Published | None:
    since = camera.published_since
    if since is None:
        return None
    return schemas.Published(since=since, readers=camera.readers, kbit_per_s=camera.kbit_per_s)


def _screen(camera: Camera) -> schemas.GlassToScreen | None:
    if camera.screen_at is None:
        return None
    return schemas.GlassToScreen(p50_ms=camera.screen_ms_p50, p95_ms=camera.screen_ms_p95, at=camera.screen_at)


def _found(camera_id: int) -> Camera:
    camera = cameras.one(camera_id)
    if camera is None:
        raise NotFound(f"no camera {camera_id}")
    return camera


def _announced(camera_id: int) -> schemas.Camera:
    """The camera as it is now; every page is told that it changed."""
    notify(CAMERA, str(camera_id))
    return shown(_found(camera_id))


def _changes(camera: Camera, json: schemas.CameraChange) -> dict[str, Any]:
    sealer = services().sealer
    found = opened(camera, sealer)
    values = {name: getattr(json, name) for name in PLAIN if getattr(json, name) is not None}
    if json.source_url is not None:
        address = source_url.unmasked(json.source_url, found.address)
        source_url.check(address)
        values["source_url_sealed"] = sealer.seal(address)
    if json.settings is not None:
        values["settings"] = camera_settings.sealed(camera_settings.merged(found.settings, json.settings), sealer)
        if "detect_url" not in json.settings:  # as it is, also where no key opens it
            values["settings"]["detect_url"] = camera.settings.get("detect_url", "")
    if "device_id" in json.model_fields_set:
        values["device"] = _device(json.device_id) if json.device_id else None
    return values


def _device(device_id: str) -> str:
    device = devices.one(device_id)
    if device is None or device.state == "revoked":
        reason = f"there is no device {device_id}, or it is revoked"
        raise Conflict(reason, ("body.device_id", reason))
    return device_id


def _audited(camera: schemas.Camera) -> dict[str, Any]:
    return camera.model_dump(mode="json", exclude={"id", "status", "stream"})
