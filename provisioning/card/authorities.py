"""The hub's CA as a person hands it over: one PEM file in which a stranger is an error."""

from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding


def read_ca(path: Path, now: datetime) -> str:
    """The CA certificates of a file as clean PEM; ValueError says in one line what is wrong with it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from None
    if b"PRIVATE KEY" in data:
        raise ValueError(f"{path} holds a private key; only the hub's CA certificate belongs on a card")
    try:
        certificates = x509.load_pem_x509_certificates(data)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f"{path} holds no PEM certificate") from None
    for certificate in certificates:
        _check(certificate, certificates, path, now)
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


def _check(certificate: x509.Certificate, chain: list[x509.Certificate], path: Path, now: datetime) -> None:
    name = certificate.subject.rfc4514_string() or "a certificate without a name"
    if not _is_ca(certificate):
        raise ValueError(f"{path}: {name} is not a CA")
    if now > certificate.not_valid_after_utc:
        raise ValueError(f"{path}: {name} ended on {certificate.not_valid_after_utc:%Y-%m-%d}")
    if not any(_signed_by(certificate, issuer) for issuer in chain):
        raise ValueError(f"{path}: {name} was signed by a stranger, {certificate.issuer.rfc4514_string()}")


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
