"""The certificate authority: what it signs verifies, says who and for what, and can be taken back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from hub.errors import Invalid
from hub.fleet import signing_request
from hub.fleet.ca import CertificateAuthority, Revoked


def csr_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, name: str = "whatever") -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256())
    return request.public_bytes(Encoding.PEM).decode()


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority.open(tmp_path)


def test_opened_twice_is_the_same_authority(tmp_path: Path) -> None:
    assert CertificateAuthority.open(tmp_path).ca_pem == CertificateAuthority.open(tmp_path).ca_pem


def test_a_device_certificate_names_the_device_and_nothing_the_request_wanted(authority: CertificateAuthority) -> None:
    request = signing_request.read(csr_of(ec.generate_private_key(ec.SECP256R1()), "hub"))
    now = datetime.now(UTC)
    certificate = authority.issue_device_certificate("front-door", request, now)
    assert certificate.subject.rfc4514_string() == "CN=front-door"
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert timedelta(days=364) < certificate.not_valid_after_utc - now < timedelta(days=366)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.ca_pem.encode()))


def test_a_server_certificate_passes_a_strict_verifier(authority: CertificateAuthority) -> None:
    issued = authority.issue_server_certificate(["broker.example"], ["127.0.0.1"])
    store = Store([x509.load_pem_x509_certificate(authority.ca_pem.encode())])
    leaf = x509.load_pem_x509_certificate(issued.certificate_pem.encode())
    verifier = PolicyBuilder().store(store).build_server_verifier(x509.DNSName("broker.example"))
    assert len(verifier.verify(leaf, [])) == 2
    assert "PRIVATE KEY" in issued.key_pem
    assert "PRIVATE" not in repr(issued)


def test_the_list_of_revoked_certificates(authority: CertificateAuthority) -> None:
    crl = x509.load_pem_x509_crl(authority.crl_pem([Revoked(0xABC, datetime.now(UTC))]).encode())
    assert crl.get_revoked_certificate_by_serial_number(0xABC) is not None
    assert crl.get_revoked_certificate_by_serial_number(0xABD) is None
    public = x509.load_pem_x509_certificate(authority.ca_pem.encode()).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert crl.is_signature_valid(public)


@pytest.mark.parametrize(
    ("pem", "reason"),
    [
        ("no PEM at all", "not a PEM"),
        ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "not a PEM"),
        (csr_of(ec.generate_private_key(ec.SECP384R1())), "P-256"),
        (csr_of(rsa.generate_private_key(65537, 1024)), "2048"),
    ],
)
def test_requests_that_are_refused(pem: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        signing_request.read(pem)


def test_a_request_with_a_foreign_signature_is_refused() -> None:
    good = x509.load_pem_x509_csr(csr_of(ec.generate_private_key(ec.SECP256R1())).encode())
    der = bytearray(good.public_bytes(Encoding.DER))
    der[der.index(b"whatever")] ^= 1
    forged = x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM).decode()
    with pytest.raises(Invalid, match="signature"):
        signing_request.read(forged)
