"""The hub's own signing keys: ES256 with a key id, published as a JWK set, replaced by rotation while programs run.

They lie in one file, the newest first, each PEM block under a line that tells when the key was made (RFC 7468 allows
text between blocks). A key signs until there is a newer one, and verifies until its last token has ended.
"""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from hub.secrets import Watched, kept, replaced

ALGORITHM = "ES256"
FILE = "jwt.pem"
MADE = b"made-at: "
SEPARATOR = b"-----END PRIVATE KEY-----\n"
LONGEST = timedelta(days=30)  # the life of a refresh token; nothing that is signed lasts longer
MOST = 50
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class SigningKey:
    """One key pair; `kid` is its RFC 7638 thumbprint. `signs_until`, `verifies_until` None: it is the newest."""

    kid: str
    private: ec.EllipticCurvePrivateKey
    jwk: dict[str, str]
    made_at: datetime
    signs_until: datetime | None
    block: bytes

    @property
    def verifies_until(self) -> datetime | None:
        return self.signs_until + LONGEST if self.signs_until else None


class SigningKeys:
    """The key that signs (the newest) and those that still verify."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        kept(path, lambda: _new_block(clock()))
        self._clock = clock
        self._file = Watched(path, lambda content: _parsed(content, path))

    @classmethod
    def open(cls, secrets_dir: Path) -> "SigningKeys":
        """The keys of one installation, made once in `jwt.pem`."""
        return cls(secrets_dir / FILE)

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self._file.value[0]

    def good(self) -> list[SigningKey]:
        """Every key that verifies now, the newest first."""
        now = self._clock()
        return [key for key in self._file.value if key.verifies_until is None or key.verifies_until > now]

    def verifies(self, kid: object) -> bool:
        """Whether the key of this id still verifies."""
        return any(key.kid == kid for key in self.good())

    def public_of(self, kid: object) -> ec.EllipticCurvePublicKey:
        """The public key of one id; jwt.InvalidTokenError for an unknown one."""
        for key in self.good():
            if key.kid == kid:
                return key.private.public_key()
        raise jwt.InvalidTokenError("signed by a key that is not ours, or no longer")

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys as RFC 7517 has them."""
        return {"keys": [key.jwk for key in self.good()]}

    def sign(self, claims: dict[str, Any], lifetime_s: int) -> str:
        """A token with these claims (`aud` among them) that is good for so many seconds from now."""
        now, key = int(time.time()), self.current
        payload = {**claims, "iat": now, "exp": now + lifetime_s}
        return jwt.encode(payload, key.private, ALGORITHM, headers={"kid": key.kid})

    def verify(self, token: str, audience: str) -> dict[str, Any]:
        """The claims of a token that we signed for this audience; jwt.InvalidTokenError for any other."""
        public = self.public_of(jwt.get_unverified_header(token).get("kid"))
        options: Any = {"require": ["exp", "aud"]}
        claims: dict[str, Any] = jwt.decode(token, public, [ALGORITHM], audience=audience, options=options)
        return claims


def rotate(secrets_dir: Path, now: datetime, *, drop_old: bool = False) -> SigningKeys:
    """A new key signs from now on; those before it verify until their tokens have ended, or not at all (`drop_old`)."""
    path = secrets_dir / FILE
    old = [] if drop_old else SigningKeys(path, lambda: now).good()
    if len(old) >= MOST:
        raise SecretError(f"{MOST} keys still verify; wait until some have ended, or drop the old ones")
    replaced(path, b"".join([_new_block(now), *(key.block for key in old)]))
    return SigningKeys(path, lambda: now)


def _new_block(now: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return _block(now, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _block(made_at: datetime, pem: bytes) -> bytes:
    return MADE + made_at.isoformat(timespec="microseconds").encode() + b"\n" + pem


def _parsed(content: bytes, path: Path) -> list[SigningKey]:
    blocks = [block + SEPARATOR for block in content.split(SEPARATOR) if block.strip()]
    keys: list[SigningKey] = []
    try:
        for block in blocks:
            keys.append(_read(block, keys[-1].made_at if keys else None))
    except (ValueError, IndexError) as error:
        raise SecretError(f"{path} holds something that is not an EC P-256 key") from error
    if not keys:
        raise SecretError(f"{path} holds no key")
    return keys


def _read(block: bytes, signs_until: datetime | None) -> SigningKey:
    head, begin, pem = block.partition(b"-----BEGIN")
    lines = [line.removeprefix(MADE) for line in head.splitlines() if line.startswith(MADE)]
    made_at = datetime.fromisoformat(lines[0].decode()) if lines else LONG_AGO
    private = load_pem_private_key(begin + pem, password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise ValueError("not an EC P-256 key")
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    members = {"crv": "P-256", "kty": "EC", "x": _base64url(point[1:33]), "y": _base64url(point[33:])}
    kid = _base64url(sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest())
    jwk = {**members, "kid": kid, "alg": ALGORITHM, "use": "sig"}
    return SigningKey(kid, private, jwk, made_at, signs_until, _block(made_at, begin + pem))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
