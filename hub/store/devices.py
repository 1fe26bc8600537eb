"""Devices: their enrolment, certificates, revisions and what they last said of themselves."""

from datetime import datetime
from typing import Any, cast

from cryptography import x509
from peewee import fn

from hub.store import rows
from hub.store.models import Camera, Device, RevokedCertificate

APPROVED = "approved"
Counts = list[tuple[str, int]]


def listing(of_cameras: frozenset[int] | None) -> list[Device]:
    """Every device by name, or only those that look after some of these cameras."""
    query = Device.select().order_by(fn.lower(Device.name), Device.id)
    if of_cameras is not None:
        theirs = Camera.select(Camera.device).where(Camera.id.in_(sorted(of_cameras)), Camera.device.is_null(False))
        query = query.where(Device.id.in_(theirs))
    return rows.models(query, Device)


def one(device_id: str) -> Device | None:
    """The device of this id."""
    return rows.first(Device.select().where(Device.id == device_id), Device)


def locked(device_id: str) -> Device | None:
    """One device, held until the transaction ends."""
    return rows.first(Device.select().where(Device.id == device_id).for_update(), Device)


def by_request(csr_pem: str) -> Device | None:
    """The device that sent this signing request, held until the transaction ends."""
    return rows.first(Device.select().where(Device.csr_pem == csr_pem).for_update(), Device)


def by_token(token_sha256: bytes, now: datetime) -> Device | None:
    """The device that a good token belongs to, held until the transaction ends."""
    good = (Device.token_sha256 == token_sha256, Device.token_expires_at > now)
    return rows.first(Device.select().where(*good).for_update(), Device)


def only_approved() -> str | None:
    """The id of the approved device, if there is exactly one."""
    found = rows.column(Device.select(Device.id).where(Device.state == APPROVED).limit(2))
    return found[0] if len(found) == 1 else None


def taken(stem: str) -> set[str]:
    """Ids that begin with these letters."""
    return set(rows.column(Device.select(Device.id).where(Device.id.startswith(stem))))


def insert(values: dict[str, Any]) -> None:
    """A new device."""
    Device.insert(values).execute()


def update(device_id: str, values: dict[str, Any]) -> bool:
    """Change a device; false when there is none."""
    return bool(Device.update(values).where(Device.id == device_id).execute())


def raise_revision(device_id: str) -> int | None:
    """The next desired revision of a device."""
    query = Device.update(desired_revision=Device.desired_revision + 1).where(Device.id == device_id)
    revisions = rows.column(query.returning(Device.desired_revision))
    return int(revisions[0]) if revisions else None


def revoked_ids() -> list[str]:
    """Every device that is revoked."""
    return cast(list[str], rows.column(Device.select(Device.id).where(Device.state == "revoked")))


def pending_count() -> int:
    """How many devices wait for approval."""
    return int(Device.select().where(Device.state == "pending").count())


def counts() -> Counts:
    """How many devices are in each state."""
    return cast(Counts, rows.tuples(Device.select(Device.state, fn.count(Device.id)).group_by(Device.state)))


def online_count() -> int:
    """How many devices are connected."""
    return int(Device.select().where(Device.online).count())


def lost_between(begin: datetime, end: datetime) -> list[str]:
    """Devices that went away in this time and are not back."""
    gone = (~Device.online, Device.offline_cause.is_null(False))
    when = (Device.online_since >= begin, Device.online_since < end)
    return cast(list[str], rows.column(Device.select(Device.id).where(*gone, *when)))


def remember_revoked(device_id: str, certificate: x509.Certificate, now: datetime) -> None:
    """Put one of a device's certificates on the list of those that are no longer good."""
    values = {"serial": f"{certificate.serial_number:x}", "device_id": device_id, "revoked_at": now}
    values["expires_at"] = certificate.not_valid_after_utc
    RevokedCertificate.insert(values).on_conflict_ignore().execute()


def revoked_certificates(now: datetime) -> list[tuple[str, datetime, str]]:
    """Serial (hexadecimal), time and device of every revoked certificate that has not ended by itself."""
    columns = (RevokedCertificate.serial, RevokedCertificate.revoked_at, RevokedCertificate.device_id)
    found = rows.tuples(RevokedCertificate.select(*columns).where(RevokedCertificate.expires_at > now))
    return cast(list[tuple[str, datetime, str]], found)
