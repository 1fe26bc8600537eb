"""How a device becomes one of ours: pre-authorised by a one-time token, or pending until somebody approves it.

The same request posted again gets the same answer again, so an answer lost on the way does no harm.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hub.errors import Conflict, Forbidden, TooMany, Unauthenticated
from hub.fleet import device_id as device_ids
from hub.fleet import signing_request
from hub.fleet.ca import CertificateAuthority
from hub.fleet.desired import touch
from hub.fleet.renewal import certificates
from hub.store import cameras, devices
from hub.store.models import Device, database
from hub.store.notify import CAMERA, DEVICE, notify, notify_ids

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('watchpost.enrolment', 0))"
MAX_PENDING = 100
PENDING, PREAUTHORISED, REVOKED = "pending", "preauthorised", "revoked"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a device asks with: its name, its checked request, and the token if it has one."""

    name: str
    request: x509.CertificateSigningRequest
    token: str | None


def preauthorise(name: str, valid_for: timedelta, *, replace: bool) -> tuple[Device, str]:
    """A device that may enrol once with the token that is returned here and kept nowhere.

    `replace`, or a revoked device of that name: the same device gets a new key, and keeps its cameras.
    """
    token = secrets.token_urlsafe(24)
    with database.atomic():
        database.execute_sql(LOCK)
        device_id = _place(name, replace=replace)
        until = datetime.now(UTC) + valid_for
        devices.update(device_id, {"token_sha256": _digest(token), "token_expires_at": until})
        notify(DEVICE, device_id)
        return _known(device_id), token


def enrol(asked: Asked, authority: CertificateAuthority) -> Device:
    """The device that asks, approved or pending; Unauthenticated or Forbidden when it is not to be."""
    csr_pem = signing_request.text(asked.request)
    with database.atomic():
        database.execute_sql(LOCK)
        known = devices.by_request(csr_pem)
        if known is not None and asked.token is None:
            return _again(known)
        if asked.token is None:
            return _wait(asked.name, csr_pem)
        device = devices.by_token(_digest(asked.token), datetime.now(UTC))
        if device is None and known is not None:
            return _again(known)
        if device is None:
            raise Unauthenticated("the token is wrong, used or expired; ask for a new one")
        devices.update(device.id, {"csr_pem": csr_pem, "token_sha256": None, "token_expires_at": None})
        return _certify(device, asked.request, authority)


def approve(device_id: str, authority: CertificateAuthority) -> Device | None:
    """Let a pending device in; None when there is none of this id, Conflict when it does not wait."""
    with database.atomic():
        device = devices.locked(device_id)
        if device is None:
            return None
        if device.state != PENDING or not device.csr_pem:
            raise Conflict(f"device {device_id} is {device.state}, not pending")
        return _certify(device, signing_request.read(device.csr_pem), authority)


def revoke(device_id: str) -> Device | None:
    """Shut a device out; None when there is none of this id. Doing it twice changes nothing."""
    with database.atomic():
        device = devices.locked(device_id)
        if device is None or device.state == REVOKED:
            return device
        _retire(device)
        gone: dict[str, Any] = {"state": REVOKED, "revoked_at": datetime.now(UTC), "online": False}
        devices.update(device_id, {**gone, "token_sha256": None, "token_expires_at": None})
        _tell(device_id)
        return _known(device_id)


def _place(name: str, *, replace: bool) -> str:
    """The id of the row that a token is for: the old device's or a new one's."""
    wanted = device_ids.stem(name)
    old = devices.locked(wanted)
    if old is not None and old.state == REVOKED:
        fresh: dict[str, Any] = {"state": PREAUTHORISED, "revoked_at": None, "approved_at": None, "csr_pem": None}
        fresh |= {"certificate_pem": None, "certificate_serial": None, "previous_certificate_pem": None}
        devices.update(wanted, {**fresh, "name": name})
        return wanted
    if old is not None and replace:
        return wanted
    device_id = device_ids.unique(wanted, devices.taken(wanted))
    devices.insert({"id": device_id, "name": name, "state": PREAUTHORISED, "created_at": datetime.now(UTC)})
    return device_id


def _again(device: Device) -> Device:
    if device.state == REVOKED:
        raise Forbidden(f"device {device.id} was revoked")
    return device


def _wait(name: str, csr_pem: str) -> Device:
    if devices.pending_count() >= MAX_PENDING:
        raise TooMany(f"{MAX_PENDING} devices wait for approval already", 600)
    wanted = device_ids.stem(name)
    device_id = device_ids.unique(wanted, devices.taken(wanted))
    row = {"id": device_id, "name": name, "state": PENDING, "created_at": datetime.now(UTC), "csr_pem": csr_pem}
    devices.insert(row)
    notify(DEVICE, device_id)
    return _known(device_id)


def _certify(device: Device, request: x509.CertificateSigningRequest, authority: CertificateAuthority) -> Device:
    """Issue the certificate; the one before it, if any, is no longer good."""
    _retire(device)
    now = datetime.now(UTC)
    certificate = authority.issue_device_certificate(device.id, request, now)
    values: dict[str, Any] = {"state": devices.APPROVED, "approved_at": now, "revoked_at": None}
    values["certificate_pem"] = certificate.public_bytes(Encoding.PEM).decode()
    values |= {"certificate_serial": f"{certificate.serial_number:x}", "previous_certificate_pem": None}
    values |= {"reported_revision": 0, "online": False}  # a new card knows nothing yet
    devices.update(device.id, values)
    _tell(device.id)
    return _known(device.id)


def _retire(device: Device) -> None:
    for pem in certificates(device):
        devices.remember_revoked(device.id, x509.load_pem_x509_certificate(pem.encode()), datetime.now(UTC))


def _tell(device_id: str) -> None:
    touch(device_id)
    notify(DEVICE, device_id)
    notify_ids(CAMERA, cameras.ids_of_device(device_id))


def _known(device_id: str) -> Device:
    device = devices.one(device_id)
    assert device is not None
    return device


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
