"""Devices: who watches. Admins pre-authorise, approve, rename and revoke them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from cryptography import x509
from flask import Blueprint

from hub.api import actor
from hub.api.operation import operation
from hub.api.schemas import devices as schemas
from hub.api.spans import before
from hub.auth.guard import Role, current_user
from hub.errors import Invalid, NotFound
from hub.fleet import enrolment, signing_request
from hub.services import services
from hub.store import devices, health_history
from hub.store.models import Device, database
from hub.store.notify import DEVICE, notify

blueprint = Blueprint("devices", __name__, url_prefix="/api/devices")
MOST_RED = 20
CAMERA_PART = re.compile(r"camera ([0-9]{1,15})")


@blueprint.get("")
@operation("devices", Role.VIEWER, {200: schemas.DeviceList})
def list_devices() -> schemas.DeviceList:
    """The devices by name; a user limited to some cameras sees the devices of these."""
    visible = current_user().camera_ids
    return schemas.DeviceList(items=[shown(device, visible) for device in devices.listing(visible)])


@blueprint.post("")
@operation("devices", Role.ADMIN, {201: schemas.DeviceToken})
def preauthorise_device(json: schemas.DeviceNew) -> tuple[schemas.DeviceToken, int]:
    """A one-time token with which a device may enrol under this name."""
    with database.atomic():
        device, token = enrolment.preauthorise(json.name, timedelta(hours=json.valid_hours), replace=json.replace)
        answer = schemas.DeviceToken(**_answer(device).model_dump(), token=token)
        until = answer.token_expires_at
        after = {"name": device.name, "token_expires_at": until.isoformat() if until else None}
        actor.record("device.preauthorise", f"device {device.id}", None, after)
    return answer, 201


@blueprint.get("/<device:device_id>")
@operation("devices", Role.VIEWER, {200: schemas.Device}, 404)
def get_device(device_id: str) -> schemas.Device:
    """One device."""
    return _answer(_found(device_id))


@blueprint.patch("/<device:device_id>")
@operation("devices", Role.ADMIN, {200: schemas.Device}, 404)
def rename_device(device_id: str, json: schemas.DeviceChange) -> schemas.Device:
    """Change the name that people see; the id stays."""
    with database.atomic():
        device = _found(device_id)
        devices.update(device_id, {"name": json.name})
        notify(DEVICE, device_id)
        actor.record("device.rename", f"device {device_id}", {"name": device.name}, {"name": json.name})
    return _answer(_found(device_id))


@blueprint.post("/<device:device_id>/approve")
@operation("devices", Role.ADMIN, {200: schemas.Device}, 404, 409)
def approve_device(device_id: str) -> schemas.Device:
    """Let a pending device in; compare its fingerprint first."""
    with database.atomic():
        approved = _or_none(enrolment.approve(device_id, services().authority), device_id)
        actor.record("device.approve", f"device {device_id}", {"state": "pending"}, _audited(approved))
    return _answer(approved)


@blueprint.post("/<device:device_id>/revoke")
@operation("devices", Role.ADMIN, {200: schemas.Device}, 404)
def revoke_device(device_id: str) -> schemas.Device:
    """Shut a device out: its certificate is no longer good, its token neither."""
    with database.atomic():
        before = _found(device_id)
        revoked = _or_none(enrolment.revoke(device_id), device_id)
        if before.state != revoked.state:
            actor.record("device.revoke", f"device {device_id}", _audited(before), _audited(revoked))
    return _answer(revoked)


@blueprint.get("/<device:device_id>/health")
@operation("devices", Role.VIEWER, {200: schemas.DeviceHealth}, 404)
def device_health(device_id: str, query: schemas.HealthQuery) -> schemas.DeviceHealth:
    """What the device said of its last minute, and its figures over time, at most some 300 of them."""
    device = _found(device_id)
    until = query.until or datetime.now(UTC)
    since = query.since or before(until, health_history.DAY)
    if since >= until:
        raise Invalid.field("query.since", "not before until")
    step_s = health_history.step_for(until - since)
    found = health_history.of_device(device_id, since, until, step_s)
    items = [schemas.HealthSample.model_validate(row) for row in found]
    visible = current_user().camera_ids
    checks = checks_for(visible, device)
    tested = schemas.Selftest(at=device.selftest_at, checks=checks) if device.selftest_at else None
    health = health_for(visible, device)
    return schemas.DeviceHealth(at=device.health_at, health=health, selftest=tested, step_s=step_s, items=items)


def shown(device: Device, visible: frozenset[int] | None) -> schemas.Device:
    """A device as answers and the live feed show it to somebody who may see these cameras, None: all."""
    certificate = device.certificate_pem
    ends = x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc if certificate else None
    fingerprint = signing_request.fingerprint(signing_request.read(device.csr_pem)) if device.csr_pem else None
    return schemas.Device(
        id=device.id,
        name=device.name,
        state=cast(Any, device.state),
        online=device.online,
        online_since=device.online_since,
        offline_cause=cast(Any, device.offline_cause),
        version=device.version,
        desired_revision=device.desired_revision,
        reported_revision=device.reported_revision,
        reported_at=device.reported_at,
        created_at=device.created_at,
        approved_at=device.approved_at,
        revoked_at=device.revoked_at,
        token_expires_at=device.token_expires_at,
        fingerprint=fingerprint,
        certificate_expires_at=ends,
        selftest=_result(device, visible),
    )


def checks_for(visible: frozenset[int] | None, device: Device) -> list[dict[str, Any]]:
    """The parts of a device's self-test without the cameras that somebody who sees these may not see."""
    return [check for check in device.selftest or () if _may_know(visible, check["part"])]


def health_for(visible: frozenset[int] | None, device: Device) -> dict[str, Any] | None:
    """What a device said last, of its cameras those alone that somebody may see."""
    health = cast(dict[str, Any] | None, device.health)
    if health is None or visible is None:
        return health
    names = {str(camera_id) for camera_id in visible}
    return {**health, "cameras": [camera for camera in health.get("cameras", ()) if camera["id"] in names]}


def _may_know(visible: frozenset[int] | None, part: str) -> bool:
    camera = CAMERA_PART.fullmatch(part)
    return visible is None or camera is None or int(camera[1]) in visible


def _result(device: Device, visible: frozenset[int] | None) -> schemas.SelftestResult | None:
    if device.selftest_at is None:
        return None
    red = [check["part"] for check in checks_for(visible, device) if not check["ok"]]
    return schemas.SelftestResult(at=device.selftest_at, red=red[:MOST_RED])


def _answer(device: Device) -> schemas.Device:
    return shown(device, current_user().camera_ids)


def _found(device_id: str) -> Device:
    """The device, if this user may see it."""
    camera_ids = current_user().camera_ids
    if camera_ids is not None and device_id not in {device.id for device in devices.listing(camera_ids)}:
        raise NotFound(f"no device {device_id}")
    return _or_none(devices.one(device_id), device_id)


def _or_none(device: Device | None, device_id: str) -> Device:
    if device is None:
        raise NotFound(f"no device {device_id}")
    return device


def _audited(device: Device) -> dict[str, Any]:
    return {"name": device.name, "state": device.state, "certificate_serial": device.certificate_serial}
