"""Tokens whose signature was verified already: checking ES256 again on every request would cost more than the query.

Only the signature and what cannot change are remembered. Whether the token has ended, its key still verifies, and its
session still lives is looked at each time.
"""

import time
from hashlib import sha256
from threading import Lock
from typing import Any, NamedTuple

import jwt
from flask import Flask
from flask_jwt_extended import JWTManager

from hub.auth.keys import SigningKeys

KEPT = 4096


class _Verified(NamedTuple):
    kid: object
    ends: float
    claims: dict[str, Any]


class RememberingManager(JWTManager):
    """flask-jwt-extended, decoding a token once; a digest stands for it, the last few thousand are kept."""

    def __init__(self, app: Flask, keys: SigningKeys) -> None:
        super().__init__(app)
        self._keys = keys
        self._known: dict[bytes, _Verified] = {}
        self._lock = Lock()

    def _decode_jwt_from_config(
        self, encoded_token: str, csrf_value: str | None = None, allow_expired: bool = False
    ) -> dict[str, Any]:
        name = sha256(f"{csrf_value or ''} {encoded_token}".encode()).digest()
        known = self._known.get(name)
        if known is not None and known.ends > time.time() and self._keys.verifies(known.kid):
            return dict(known.claims)
        claims = super()._decode_jwt_from_config(encoded_token, csrf_value, allow_expired)
        if claims.get("exp", 0) > time.time():
            self._remember(name, _Verified(jwt.get_unverified_header(encoded_token).get("kid"), claims["exp"], claims))
        return claims

    def _remember(self, name: bytes, verified: _Verified) -> None:
        with self._lock:
            if len(self._known) >= KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[name] = verified
