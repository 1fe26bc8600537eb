"""The one door for devices without a certificate yet: a signing request in, a certificate out."""

from flask import Blueprint

from hub.api import actor
from hub.api.operation import operation
from hub.api.schemas import enroll as schemas
from hub.auth.limits import ENROLL, site
from hub.fleet import enrolment, renewal, signing_request
from hub.services import services
from hub.store import devices
from hub.store.models import Device, database

blueprint = Blueprint("enroll", __name__)


@blueprint.post("/api/enroll")
@operation("devices", None, {201: schemas.Enrolled, 202: schemas.Pending}, 401, 403, 429)
def enroll(json: schemas.Enroll) -> tuple[schemas.Enrolled | schemas.Pending, int]:
    """Enrol with a one-time token (201), or wait for approval (202): post the same request again to ask."""
    shared = services()
    shared.limits.spend(f"enroll {site(actor.address())}", ENROLL)
    request = signing_request.read(json.csr_pem)
    with database.atomic():
        device = enrolment.enrol(enrolment.Asked(json.name, request, json.token), shared.authority)
        if json.token is not None:
            after = {"state": device.state, "certificate_serial": device.certificate_serial}
            actor.record_as(f"device {device.id}", "device.enrol", f"device {device.id}", after)
    if device.state != devices.APPROVED:
        return schemas.Pending(device_id=device.id, fingerprint=signing_request.fingerprint(request)), 202
    return _enrolled(device, shared.authority.ca_pem), 201


@blueprint.post("/api/enroll/renew")
@operation("devices", None, {201: schemas.Enrolled}, 401, 403, 429)
def renew(json: schemas.Renew) -> tuple[schemas.Enrolled, int]:
    """The next certificate, for a device that proves itself with the key of its present one; repeats are harmless."""
    shared = services()
    shared.limits.spend(f"enroll {site(actor.address())}", ENROLL)
    request = signing_request.read(json.csr_pem)
    with database.atomic():
        before = devices.one(json.device_id)
        device = renewal.renew(json.device_id, request, json.proof, shared.authority)
        if before is not None and before.certificate_serial != device.certificate_serial:
            after = {"certificate_serial": device.certificate_serial}
            actor.record_as(f"device {device.id}", "device.renew", f"device {device.id}", after)
    return _enrolled(device, shared.authority.ca_pem), 201


def _enrolled(device: Device, ca_pem: str) -> schemas.Enrolled:
    settings = services().settings
    return schemas.Enrolled(
        device_id=device.id,
        certificate_pem=device.certificate_pem or "",
        ca_pem=ca_pem,
        mqtt_url=settings.mqtt_device_url,
        media_rtsp_url=settings.media_rtsp_url,
    )
