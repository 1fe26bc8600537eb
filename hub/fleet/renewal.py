"""A device's next certificate: asked for with the key of its present one, which stays good until it ends.

No time is part of the question, for a device's clock may be wrong, and asking twice gives the same answer: whoever
repeats a question that he overheard gets a certificate for a key that he does not have.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from hub.errors import Forbidden, Unauthenticated
from hub.fleet import signing_request
from hub.fleet.ca import CertificateAuthority
from hub.store import devices
from hub.store.models import Device, database
from hub.store.notify import DEVICE, notify

AUDIENCE = "watchpost-renewal"
GRACE = timedelta(days=30)  # a device that was away while its certificate ended comes back by itself


def renew(
    device_id: str, request: x509.CertificateSigningRequest, proof: str, authority: CertificateAuthority
) -> Device:
    """The device with its new certificate; Unauthenticated without good proof, Forbidden once it is revoked."""
    csr_pem, now = signing_request.text(request), datetime.now(UTC)
    with database.atomic():
        device = devices.locked(device_id)
        if device is not None and device.state == "revoked":
            raise Forbidden(f"device {device_id} was revoked")
        if device is None or device.state != devices.APPROVED:
            raise Unauthenticated(f"device {device_id} has no certificate to renew")
        present = next(_proven(device, request, proof, now), None)
        if present is None:
            raise Unauthenticated("not asked with the key of a present certificate; enrol anew with a token")
        return device if device.csr_pem == csr_pem else _renewed(device, present, request, authority, now)


def certificates(device: Device) -> list[str]:
    """What this device may prove itself with: its certificate and, around a renewal, the one before."""
    return [pem for pem in (device.certificate_pem, device.previous_certificate_pem) if pem]


def _proven(
    device: Device, request: x509.CertificateSigningRequest, proof: str, now: datetime
) -> Iterator[x509.Certificate]:
    """The certificates of a device, not long ended, whose key signed the question."""
    wanted = {"sub": device.id, "csr_sha256": sha256(request.public_bytes(Encoding.DER)).hexdigest()}
    for pem in certificates(device):
        certificate = x509.load_pem_x509_certificate(pem.encode())
        public = certificate.public_key()
        if now > certificate.not_valid_after_utc + GRACE or not isinstance(public, ec.EllipticCurvePublicKey):
            continue
        try:
            claims = jwt.decode(proof, public, ["ES256"], audience=AUDIENCE)
        except jwt.InvalidTokenError:
            continue
        if {name: claims.get(name) for name in wanted} == wanted:
            yield certificate


def _renewed(
    device: Device,
    present: x509.Certificate,
    request: x509.CertificateSigningRequest,
    authority: CertificateAuthority,
    now: datetime,
) -> Device:
    """Issue the next certificate; of those before it only the one that was just used stays good."""
    for pem in certificates(device):
        old = x509.load_pem_x509_certificate(pem.encode())
        if old.serial_number != present.serial_number:
            devices.remember_revoked(device.id, old, now)
    certificate = authority.issue_device_certificate(device.id, request, now)
    values = {
        "csr_pem": signing_request.text(request),
        "certificate_pem": certificate.public_bytes(Encoding.PEM).decode(),
        "certificate_serial": f"{certificate.serial_number:x}",
        "previous_certificate_pem": present.public_bytes(Encoding.PEM).decode(),
    }
    devices.update(device.id, values)
    notify(DEVICE, device.id)
    renewed = devices.one(device.id)
    assert renewed is not None
    return renewed
