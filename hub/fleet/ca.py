"""The hub's small certificate authority: device and server certificates, and the list of revoked ones (RFC 5280).

The key never leaves `secrets/ca.key`; devices make their own keys and send only a signing request.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.errors import SecretError
from hub.secrets import kept

CA_LIFETIME = timedelta(days=3652)
LIFETIME = timedelta(days=365)
CRL_LIFETIME = timedelta(days=3652)  # an expired list locks every device out; each change makes a fresh one anyway
SKEW = timedelta(hours=1)  # a device's clock may be behind


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with the key that was made for it, both PEM."""

    certificate_pem: str
    key_pem: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Revoked:
    """One certificate that is no longer good, and whose it was."""

    serial: int
    at: datetime
    device_id: str = ""


class CertificateAuthority:
    """Signs for one installation, certificates of one `lifetime`; `now` is handed in so that tests choose the day."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, lifetime: timedelta = LIFETIME
    ) -> None:
        self._key = key
        self._certificate = certificate
        self._lifetime = lifetime
        self.ca_pem = certificate.public_bytes(Encoding.PEM).decode()

    @classmethod
    def open(cls, secrets_dir: Path, lifetime: timedelta = LIFETIME) -> "CertificateAuthority":
        """The authority of one installation, made once; several processes may open it at the same time."""
        key_path, certificate_path = secrets_dir / "ca.key", secrets_dir / "ca.pem"
        try:
            key = load_pem_private_key(kept(key_path, _new_key_pem), password=None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise SecretError(f"{key_path} is not an EC key")
            pem = kept(certificate_path, lambda: _root(key, datetime.now(UTC)).public_bytes(Encoding.PEM))
            certificate = x509.load_pem_x509_certificate(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise SecretError(f"{key_path} and {certificate_path} cannot be read: {error}") from error
        if certificate.public_key() != key.public_key():
            raise SecretError(f"{certificate_path} does not belong to {key_path}")
        return cls(key, certificate, lifetime)

    def issue_device_certificate(
        self, device_id: str, csr: x509.CertificateSigningRequest, now: datetime
    ) -> x509.Certificate:
        """A certificate for the key of a checked request; the name in the request is ignored."""
        builder = self._leaf(device_id, csr.public_key(), now)
        return self._signed(builder, ExtendedKeyUsageOID.CLIENT_AUTH)

    def issue_client_certificate(self, name: str, now: datetime | None = None) -> Issued:
        """A key and a certificate for one of the hub's own programs, e.g. `hub` at the broker."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._leaf(name, key.public_key(), now or datetime.now(UTC))
        return _issued(key, self._signed(builder, ExtendedKeyUsageOID.CLIENT_AUTH))

    def issue_server_certificate(
        self, names: Sequence[str], ips: Sequence[str] = (), now: datetime | None = None
    ) -> Issued:
        """A key and a certificate for a server of ours, e.g. the broker: names["localhost"], ips["127.0.0.1"]."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._leaf((*names, *ips)[0], key.public_key(), now or datetime.now(UTC))
        alternatives = [*map(x509.DNSName, names), *(x509.IPAddress(ip_address(ip)) for ip in ips)]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        return _issued(key, self._signed(builder, ExtendedKeyUsageOID.SERVER_AUTH))

    def crl_pem(self, revoked: Iterable[Revoked], now: datetime | None = None) -> str:
        """The list of revoked certificates, for the broker."""
        moment = now or datetime.now(UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self._certificate.subject)
        builder = builder.last_update(moment - SKEW).next_update(moment + CRL_LIFETIME)
        builder = builder.add_extension(x509.CRLNumber(int(moment.timestamp())), critical=False)
        builder = builder.add_extension(self._authority(), critical=False)
        for item in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(item.serial).revocation_date(item.at)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM).decode()

    def signed(self, crl: x509.CertificateRevocationList) -> bool:
        """Whether a list of revoked certificates is one of ours."""
        return crl.issuer == self._certificate.subject and crl.is_signature_valid(self._key.public_key())

    def _leaf(self, name: str, public: CertificatePublicKeyTypes, now: datetime) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().serial_number(x509.random_serial_number())
        builder = builder.subject_name(_named(name)).issuer_name(self._certificate.subject).public_key(public)
        return builder.not_valid_before(now - min(SKEW, self._lifetime)).not_valid_after(now + self._lifetime)

    def _signed(self, builder: x509.CertificateBuilder, usage: x509.ObjectIdentifier) -> x509.Certificate:
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(for_ca=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.add_extension(self._authority(), critical=False).sign(self._key, SHA256())

    def _authority(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())


def _issued(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> Issued:
    return Issued(certificate.public_bytes(Encoding.PEM).decode(), _pem_of(key).decode())


def _root(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = _named(f"Watchpost CA {x509.random_serial_number() & 0xFFFFFFFF:08x}")
    builder = x509.CertificateBuilder().serial_number(x509.random_serial_number())
    builder = builder.subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.not_valid_before(now - SKEW).not_valid_after(now + CA_LIFETIME)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(for_ca=True), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return builder.add_extension(identifier, critical=False).sign(key, SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _key_usage(*, for_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not for_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=for_ca,
        crl_sign=for_ca,
        encipher_only=False,
        decipher_only=False,
    )


def _new_key_pem() -> bytes:
    return _pem_of(ec.generate_private_key(ec.SECP256R1()))


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
