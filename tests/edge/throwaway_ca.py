"""A certificate authority that lives as long as a test."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key as unencrypted PKCS#8."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class ThrowawayCa:
    """Signs devices, a server on 127.0.0.1 and requests; `ca_path` is its certificate."""

    def __init__(self, folder: Path, name: str = "throwaway") -> None:
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._builder(self.name, self.key.public_key(), DAY).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        ).sign(self.key, hashes.SHA256())  # fmt: skip
        self.ca_path = self.folder / "ca.pem"
        self.ca_path.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def sign(self, csr_pem: bytes, common_name: str, lasts: timedelta = DAY) -> bytes:
        """A certificate (PEM) for the key of a request."""
        csr = x509.load_pem_x509_csr(csr_pem)
        assert csr.is_signature_valid
        return self._issue(csr.public_key(), common_name, lasts)  # type: ignore[arg-type]

    def make(self, common_name: str, lasts: timedelta = DAY) -> tuple[Path, Path]:
        """Paths of a new certificate and its key; good for a server on 127.0.0.1 and for a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate_path, key_path = self.folder / f"{common_name}.pem", self.folder / f"{common_name}.key"
        certificate_path.write_bytes(self._issue(key.public_key(), common_name, lasts))
        key_path.write_bytes(private_pem(key))
        return certificate_path, key_path

    def _issue(self, key: ec.EllipticCurvePublicKey, common_name: str, lasts: timedelta) -> bytes:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        builder = self._builder(subject, key, lasts).add_extension(names, critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, lasts: timedelta) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * DAY)
            .not_valid_after(now + lasts)
        )
