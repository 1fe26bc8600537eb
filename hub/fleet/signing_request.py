"""A device's signing request (PKCS #10), read and checked before anything is made of it. Pure."""

from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.errors import Invalid

FIELD = "body.csr_pem"
RSA_BITS = range(2048, 4097)


def read(pem: str) -> x509.CertificateSigningRequest:
    """The request in a PEM text; Invalid when it is not one, its signature is wrong or its key is weak."""
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        public = request.public_key()
        sound = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature):
        raise Invalid.field(FIELD, "not a PEM certificate signing request (PKCS #10)") from None
    if not sound:
        raise Invalid.field(FIELD, "its signature does not match its key")
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        return request
    if isinstance(public, rsa.RSAPublicKey) and public.key_size in RSA_BITS:
        return request
    raise Invalid.field(FIELD, "the key must be EC P-256, or RSA with 2048 to 4096 bits")


def text(request: x509.CertificateSigningRequest) -> str:
    """The request in one canonical form, to find it again."""
    return request.public_bytes(Encoding.PEM).decode()


def fingerprint(request: x509.CertificateSigningRequest) -> str:
    """SHA-256 of the public key (SubjectPublicKeyInfo) in hexadecimal, for people to compare."""
    return sha256(request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
