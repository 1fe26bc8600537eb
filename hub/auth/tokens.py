"""Tokens of people: flask-jwt-extended bound to our keys and sessions, and the tickets that open a WebSocket."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

import jwt
from flask import Flask, Response
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token

from hub.api.problem import problem
from hub.auth.keys import ALGORITHM, SigningKeys
from hub.auth.principal import Principal
from hub.auth.verified import RememberingManager
from hub.errors import Unauthenticated
from hub.services import Services, services
from hub.store import principals
from hub.store.sessions import Family

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
TICKET_LIFETIME_S = 30
TICKET_AUDIENCE = "live"


def install(app: Flask, shared: Services) -> None:
    """Bind the extension: ES256 with our keys, headers first, then cookies with double-submit CSRF."""
    app.config.update(
        JWT_ALGORITHM=ALGORITHM,
        JWT_DECODE_ALGORITHMS=[ALGORITHM],
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_LIFETIME,
        JWT_REFRESH_TOKEN_EXPIRES=REFRESH_LIFETIME,
        JWT_COOKIE_CSRF_PROTECT=True,
        JWT_CSRF_CHECK_FORM=True,  # the dashboard's plain forms: field csrf_token
        JWT_ENCODE_AUDIENCE="watchpost",
        JWT_DECODE_AUDIENCE="watchpost",
        **shared.cookies.config(),
    )
    manager = RememberingManager(app, shared.keys)
    _bind_keys(manager, shared.keys)
    _bind_answers(manager)
    manager.user_lookup_loader(_principal)
    app.context_processor(lambda: {"cookies": shared.cookies})


def access_token(family: Family) -> str:
    """A short token for one session."""
    claims = {"sid": str(family.session_id), "rid": str(family.refresh_id)}
    return cast(str, create_access_token(str(family.user_id), additional_claims=claims))


def refresh_token(family: Family) -> str:
    """A long token that is good once; its `jti` is the family's `refresh_id`."""
    claims = {"sid": str(family.session_id), "jti": str(family.refresh_id)}
    return cast(str, create_refresh_token(str(family.user_id), additional_claims=claims))


def ticket(user: Principal) -> str:
    """A token of half a minute that opens a WebSocket for this user, for clients that cannot set headers."""
    claims = {"aud": TICKET_AUDIENCE, "sub": str(user.id), "sid": str(user.session_id)}
    return services().keys.sign(claims, TICKET_LIFETIME_S)


def principal_of_ticket(text: str) -> Principal:
    """Whose ticket this is; the socket it opens lives as long as an access token. Unauthenticated if it is not good."""
    try:
        claims = services().keys.verify(text, TICKET_AUDIENCE)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Unauthenticated("the ticket is not good, or no longer") from error
    expires_at = datetime.now(UTC) + ACCESS_LIFETIME
    user = principals.of_either(int(claims["sub"]), UUID(claims["sid"]), expires_at)
    if user is None:
        raise Unauthenticated("the session has ended")
    return user


def _principal(_header: dict[str, Any], claims: dict[str, Any]) -> Principal | None:
    try:
        user_id, session_id = int(claims["sub"]), UUID(claims["sid"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    until = datetime.fromtimestamp(claims["exp"], UTC)
    return principals.of_session(user_id, session_id, until, str(claims.get("rid", "")))


def _bind_keys(manager: JWTManager, keys: SigningKeys) -> None:
    manager.encode_key_loader(lambda _identity: keys.current.private)
    manager.decode_key_loader(lambda header, _claims: keys.public_of(header.get("kid")))
    manager.additional_headers_loader(lambda _identity: {"kid": keys.current.kid})


def _bind_answers(manager: JWTManager) -> None:
    """Whatever is wrong with a token, the answer is 401: the extension's own choice would be 422 for some."""

    def refuse(detail: str) -> Response:
        return problem(HTTPStatus.UNAUTHORIZED, detail)

    manager.unauthorized_loader(lambda why: refuse("not logged in" if why.startswith("Missing JWT") else why))
    manager.invalid_token_loader(lambda reason: refuse(f"the token is not good: {reason}"))
    manager.expired_token_loader(lambda _header, _claims: refuse("the token has expired"))
    manager.revoked_token_loader(lambda _header, _claims: refuse("the token was revoked"))
    manager.user_lookup_error_loader(lambda _header, _claims: refuse("the session has ended"))
    manager.token_verification_failed_loader(lambda _header, _claims: refuse("the token is not good"))
