"""Who this device is: a key made here that never leaves, and what the hub gave for it.

`<state>/identity` is a link to a folder that holds key, certificate, CA and addresses together: they change at once or
not at all, however the power goes. `<state>/identity.json`, `certificate.pem` and so on are links through it.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import jwt
import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from edge.durable import sync_folder, write_file
from edge.errors import IdentityError
from edge.uplink.broker import Certificates

TOKEN_S = 240
LINK, KEY, CERTIFICATE, CA, FACTS = "identity", "key.pem", "certificate.pem", "ca.pem", "identity.json"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the hub said at enrolment beside the certificates."""

    device_id: str
    mqtt_url: str
    media_rtsp_url: str


@dataclass(frozen=True, slots=True)
class Identity:
    """An enrolled device; `folder` is the link, so that what is read through it is always the newest."""

    facts: Facts
    folder: Path

    @property
    def certificates(self) -> Certificates:
        """The files for mTLS."""
        return Certificates(self.folder / CA, self.folder / CERTIFICATE, self.folder / KEY)

    @property
    def ends_at(self) -> datetime:
        """When the certificate expires."""
        return self._certificate().not_valid_after_utc

    @property
    def renew_at(self) -> datetime:
        """When to ask for the next one: at the beginning of the last third of this one's life."""
        return self.ends_at - timedelta(seconds=self.life_s / 3)

    @property
    def life_s(self) -> float:
        """How long the certificate is good from beginning to end, in seconds."""
        certificate = self._certificate()
        return (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds()

    def publish_token(self, path: str, now: float) -> str:
        """A credential (JWT, ES256) to publish to one media path, good for four minutes from `now` in UTC seconds."""
        claims: dict[str, str | int] = {
            "sub": self.facts.device_id,
            "aud": "watchpost-media",
            "action": "publish",
            "path": path,
            "iat": int(now),
            "exp": int(now) + TOKEN_S,
        }
        return self._signed(claims)

    def renewal_proof(self, csr_pem: bytes) -> str:
        """That this device itself asks for a new certificate (JWT, ES256). It names no time: our clock may be wrong,
        and whoever repeats it gets a certificate for a key that only we have."""
        digest = sha256(x509.load_pem_x509_csr(csr_pem).public_bytes(Encoding.DER)).hexdigest()
        return self._signed({"sub": self.facts.device_id, "aud": "watchpost-renewal", "csr_sha256": digest})

    def _signed(self, claims: dict[str, str | int]) -> str:
        return jwt.encode(claims, (self.folder / KEY).read_bytes(), algorithm="ES256")

    def _certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / CERTIFICATE).read_bytes())


def load(state_dir: Path) -> Identity | None:
    """The identity kept in a state directory, None before enrolment; IdentityError when it is damaged."""
    link = state_dir / LINK
    if not link.exists():
        return None
    try:
        identity = Identity(msgspec.json.decode((link / FACTS).read_bytes(), type=Facts), link)
        _check_pair((link / KEY).read_bytes(), (link / CERTIFICATE).read_bytes())
    except (OSError, ValueError) as error:
        raise IdentityError(f"the identity in {link} is damaged ({error}); enrol again") from error
    return identity


@dataclass(frozen=True, slots=True)
class Granted:
    """What the hub gave: PEM texts and addresses."""

    facts: Facts
    certificate_pem: bytes
    ca_pem: bytes


def keep(state_dir: Path, key_pem: bytes, granted: Granted) -> Identity:
    """Make this the device's identity, in the place of a former one, which stays whatever fails.

    IdentityError if the parts do not fit, OSError if they cannot be written.
    """
    try:
        _check_pair(key_pem, granted.certificate_pem)
    except ValueError as error:
        raise IdentityError(f"the hub sent a certificate that is not for our key: {error}") from error
    _check_issuer(granted)
    folder = state_dir / f"{LINK}-{uuid4().hex[:12]}"
    parts = {
        KEY: key_pem,
        CERTIFICATE: granted.certificate_pem,
        CA: granted.ca_pem,
        FACTS: msgspec.json.encode(granted.facts),
    }
    try:
        folder.mkdir(mode=0o700, parents=True)
        for name, content in parts.items():
            write_file(folder / name, content)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _point(state_dir, folder)
    return Identity(granted.facts, state_dir / LINK)


def new_key() -> bytes:
    """A fresh EC P-256 private key, PKCS #8 PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signing_request(key_pem: bytes, name: str) -> bytes:
    """A PKCS #10 request (PEM) for the key; the hub decides the name in the certificate."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(_key(key_pem), hashes.SHA256()).public_bytes(Encoding.PEM)


def _key(key_pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(key_pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("not an EC key")
    return key


def _check_pair(key_pem: bytes, certificate_pem: bytes) -> None:
    if x509.load_pem_x509_certificate(certificate_pem).public_key() != _key(key_pem).public_key():
        raise ValueError("key and certificate do not belong together")


def _check_issuer(granted: Granted) -> None:
    try:
        certificate = x509.load_pem_x509_certificate(granted.certificate_pem)
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(granted.ca_pem))
    except (ValueError, TypeError, InvalidSignature):
        raise IdentityError("the hub sent a certificate that a stranger signed, not the authority beside it") from None


def _point(state_dir: Path, folder: Path) -> None:
    link, fresh = state_dir / LINK, state_dir / f".{LINK}.new"
    before = link.resolve() if link.is_symlink() else None
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder.name)
    fresh.replace(link)
    for name in (KEY, CERTIFICATE, CA, FACTS):
        if not (state_dir / name).is_symlink():
            (state_dir / name).symlink_to(f"{LINK}/{name}")
    sync_folder(state_dir)
    if before is not None:
        shutil.rmtree(before, ignore_errors=True)
