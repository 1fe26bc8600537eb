"""Tokens for media, good for one path: a viewer's from the hub's key, a publisher's from its device's own key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from hub.auth.keys import ALGORITHM, SigningKeys
from hub.media.errors import BadTokenError

AUDIENCE = "watchpost-media"
VIEW_LIFETIME_S = 300  # to connect; a connection that stands is not cut when the token ends
API_LIFETIME_S = 60
PUBLISH_LIFETIME_S = 300
SKEW_S = 60  # how far a device's clock may be off

Action = Literal["publish", "read", "api"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who watches: a user in one session."""

    user_id: int
    session_id: UUID


@dataclass(frozen=True, slots=True)
class Grant:
    """What a good token allows: this action on this path, to this subject."""

    action: str
    path: str
    subject: str
    session: str = ""


def viewer_token(keys: SigningKeys, camera_id: int, viewer: Viewer) -> str:
    """The right to watch one camera, to be used within five minutes."""
    claims = {"aud": AUDIENCE, "action": "read", "path": str(camera_id)}
    return keys.sign({**claims, "sub": str(viewer.user_id), "sid": str(viewer.session_id)}, VIEW_LIFETIME_S)


def api_token(keys: SigningKeys) -> str:
    """The hub's own right to ask the media server for its state and to send viewers away."""
    return keys.sign({"aud": AUDIENCE, "action": "api", "path": "", "sub": "hub"}, API_LIFETIME_S)


def hub_grant(token: str, keys: SigningKeys) -> Grant:
    """What a token that the hub signed allows; BadTokenError for any other."""
    try:
        return _grant(keys.verify(token, AUDIENCE))
    except jwt.InvalidTokenError as error:
        raise BadTokenError(str(error)) from error


def claimed_device(token: str) -> str:
    """Which device says that it signed this; nothing is proven yet. BadTokenError for what is no token."""
    try:
        return str(jwt.decode(token, options={"verify_signature": False}).get("sub", ""))[:64]
    except jwt.InvalidTokenError as error:
        raise BadTokenError(str(error)) from error


def device_grant(token: str, certificates: Sequence[str]) -> Grant:
    """What a token signed with the key behind one of the certificates allows; BadTokenError for any other.

    A device's clock may be a minute off; a token that lasts much longer than five minutes is refused, so that a
    stolen one is soon worthless.
    """
    trouble = "signed by nobody we know"
    for pem in certificates:
        try:
            return _device_grant(token, pem)
        except jwt.InvalidTokenError as error:
            trouble = str(error)
    raise BadTokenError(trouble)


def _device_grant(token: str, certificate_pem: str) -> Grant:
    public = x509.load_pem_x509_certificate(certificate_pem.encode()).public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise BadTokenError("the device's certificate holds no EC key")
    options: Any = {"require": ["exp", "iat", "aud", "sub"]}
    claims = jwt.decode(token, public, [ALGORITHM], audience=AUDIENCE, leeway=SKEW_S, options=options)
    if claims["exp"] - claims["iat"] > PUBLISH_LIFETIME_S:
        raise BadTokenError("lasts longer than five minutes")
    return _grant(claims)


def _grant(claims: dict[str, Any]) -> Grant:
    texts = (claims.get(name, "") for name in ("action", "path", "sub", "sid"))
    return Grant(*(text if isinstance(text, str) else "" for text in texts))
