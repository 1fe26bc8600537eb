"""The hub's own signing keys: ES256 with a key id, published as a JWK set, replaced by rotation."""

import base64
import json
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from hub.errors import SecretError
from hub.secrets import kept, replaced

ALGORITHM = "ES256"
FILE = "jwt.pem"
KEPT_KEYS = 3
SEPARATOR = b"-----END PRIVATE KEY-----\n"


@dataclass(frozen=True)
class SigningKey:
    """One key pair; `kid` is its RFC 7638 thumbprint."""

    kid: str
    private: ec.EllipticCurvePrivateKey
    jwk: dict[str, str]


class SigningKeys:
    """The key that signs (the first) and those that still verify."""

    def __init__(self, keys: list[SigningKey]) -> None:
        self.current = keys[0]
        self._by_kid = {key.kid: key for key in keys}

    @classmethod
    def open(cls, secrets_dir: Path) -> "SigningKeys":
        """The keys of one installation, made once in `jwt.pem`, newest first."""
        path = secrets_dir / FILE
        blocks = kept(path, _new_pem).split(SEPARATOR)
        try:
            return cls([_read(block + SEPARATOR) for block in blocks if block.strip()])
        except (ValueError, IndexError) as error:
            raise SecretError(f"{path} holds something that is not an EC P-256 key") from error

    def public_of(self, kid: object) -> ec.EllipticCurvePublicKey:
        """The public key of one id; jwt.InvalidTokenError for an unknown one."""
        key = self._by_kid.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise jwt.InvalidTokenError("signed by a key that is not ours")
        return key.private.public_key()

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys as RFC 7517 has them."""
        return {"keys": [key.jwk for key in self._by_kid.values()]}

    def sign(self, claims: dict[str, Any], lifetime_s: int) -> str:
        """A token with these claims (`aud` among them) that is good for so many seconds from now."""
        now = int(time.time())
        payload = {**claims, "iat": now, "exp": now + lifetime_s}
        return jwt.encode(payload, self.current.private, ALGORITHM, headers={"kid": self.current.kid})

    def verify(self, token: str, audience: str) -> dict[str, Any]:
        """The claims of a token that we signed for this audience; jwt.InvalidTokenError for any other."""
        public = self.public_of(jwt.get_unverified_header(token).get("kid"))
        options: Any = {"require": ["exp", "aud"]}
        claims: dict[str, Any] = jwt.decode(token, public, [ALGORITHM], audience=audience, options=options)
        return claims


def rotate(secrets_dir: Path) -> None:
    """A new key signs from the next start on; the two before it still verify what they signed."""
    path = secrets_dir / FILE
    blocks = [block + SEPARATOR for block in kept(path, _new_pem).split(SEPARATOR) if block.strip()]
    replaced(path, b"".join([_new_pem(), *blocks][:KEPT_KEYS]))


def _new_pem() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read(pem: bytes) -> SigningKey:
    private = load_pem_private_key(pem, password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise ValueError("not an EC P-256 key")
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    members = {"crv": "P-256", "kty": "EC", "x": _base64url(point[1:33]), "y": _base64url(point[33:])}
    kid = _base64url(sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest())
    return SigningKey(kid, private, {**members, "kid": kid, "alg": ALGORITHM, "use": "sig"})


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
