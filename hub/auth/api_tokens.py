"""API tokens: long random texts for programs, told once and kept as a digest, each for some scopes of one user."""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from hub.auth.principal import Principal
from hub.errors import Unauthenticated
from hub.store import principals

PREFIX = "wp_"  # so that secret scanners, and `given`, know one when they see it
HINT = 4
SEEN_EVERY = timedelta(minutes=1)
CHECKED_AGAIN = timedelta(minutes=15)  # what a token has opened (a live socket) lasts as long as an access token


def new() -> str:
    """A token that nobody can guess: 256 bits."""
    return f"{PREFIX}{secrets.token_urlsafe(32)}"


def digest(token: str) -> bytes:
    """What is kept of a token. No salt and no slow hash: there is nothing to guess in 256 random bits."""
    return sha256(token.encode()).digest()


def hint(token: str) -> str:
    """By which people may know their token again."""
    return f"{PREFIX}…{token[-HINT:]}"


def given(authorization: str) -> str | None:
    """The API token in an Authorization header; None where there is none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip().startswith(PREFIX) else None


def principal(token: str) -> Principal:
    """Whose token this is; Unauthenticated when it is unknown, ended, revoked, or its user disabled."""
    now = datetime.now(UTC)
    found = principals.of_token(digest(token), now + CHECKED_AGAIN, seen=now, seen_every=SEEN_EVERY)
    if found is None:
        raise Unauthenticated("the API token is wrong, expired or revoked")
    return found
