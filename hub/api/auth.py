"""Logging in and out: accounts, access and refresh tokens, cookies for the dashboard, tickets for WebSockets."""

from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import jwt
from flask import Blueprint, Response, jsonify, request
from flask_jwt_extended import (
    decode_token,
    get_jwt,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import JWTExtendedException

from hub.api import actor
from hub.api.operation import operation
from hub.api.schemas import auth as schemas
from hub.auth import cookies, tokens
from hub.auth.guard import Role, current_user
from hub.auth.limits import ACCOUNT, ADDRESS, SIGNUP, site
from hub.auth.scopes import NONE_NEEDED
from hub.errors import Forbidden, Unauthenticated
from hub.services import services
from hub.store import sessions, users
from hub.store.models import User, database

blueprint = Blueprint("auth", __name__)


@blueprint.post("/api/auth/signup")
@operation("auth", None, {201: schemas.Account}, 403, 409, 429)
def signup(json: schemas.Signup) -> tuple[schemas.Account, int]:
    """Make an account, if WATCHPOST_SIGNUP allows it; the very first one is admin."""
    user = signed_up(json)
    return schemas.Account(id=user.id, username=user.username, role=user.role), 201


@blueprint.post("/api/auth/login")
@operation("auth", None, {200: schemas.Tokens}, 401, 429)
def login(json: schemas.Credentials) -> Response:
    """Tokens for programs, and the same as HttpOnly cookies (with CSRF cookies) for a browser."""
    return begun(authenticated(json))


@blueprint.post("/api/auth/refresh")
@operation("auth", None, {200: schemas.Tokens}, 401)
def refresh(json: schemas.Refresh) -> Response:
    """The next pair of tokens; each refresh token is good once, and using one again later ends its whole session.

    A browser's cookie that was just spent, by another tab or for an answer that never arrived, gets the same answer.
    """
    claims = _refresh_claims(json.refresh_token)
    session_id, used = UUID(claims["sid"]), UUID(claims["jti"])
    by_cookie = json.refresh_token is None and "Authorization" not in request.headers
    family = sessions.rotate(session_id, used, sessions.Renewal(tokens.REFRESH_LIFETIME, datetime.now(UTC), by_cookie))
    if family is None:
        if sessions.revoke(session_id):
            actor.record_as(f"user {claims['sub']}", "session.reused", f"session {session_id}")
        raise Unauthenticated("the refresh token was used before, or its session has ended; log in again")
    return _answer(family)


@blueprint.post("/api/auth/logout")
@operation("auth", None, {204: None}, 401)
def logout() -> Response:
    """End the session: none of its tokens is good any more."""
    verify_jwt_in_request(verify_type=False)
    sessions.revoke(UUID(get_jwt()["sid"]))
    answer = Response(status=204)
    cookies.take(answer)
    return answer


@blueprint.get("/api/auth/me")
@operation("auth", Role.VIEWER, {200: schemas.Me}, scope=NONE_NEEDED)
def me() -> schemas.Me:
    """Who asks."""
    user = current_user()
    camera_ids = None if user.camera_ids is None else sorted(user.camera_ids)
    return schemas.Me(id=user.id, username=user.username, role=user.role.value, camera_ids=camera_ids)


@blueprint.post("/api/auth/password")
@operation("auth", Role.VIEWER, {204: None}, 429)
def change_password(json: schemas.PasswordChange) -> Response:
    """Choose another password; every session of the account ends, this one too."""
    shared, asking = services(), current_user()
    account = _account(asking.username)
    shared.limits.spend(account, ACCOUNT)
    user = users.by_id(asking.id)
    if user is None or not shared.passwords.matches(user.password_hash, json.current_password):
        raise Forbidden("the current password is wrong", ("body.current_password", "wrong"))
    shared.limits.forget(account)
    hashed = shared.passwords.hashed(json.new_password)
    with database.atomic():
        users.change(user, {"password_hash": hashed}, None, cameras_given=False)
        actor.record("user.password", f"user {user.id}")
    answer = Response(status=204)
    cookies.take(answer)
    return answer


@blueprint.post("/api/auth/ticket")
@operation("auth", Role.VIEWER, {200: schemas.Ticket}, scope="alerts:read")
def ticket() -> schemas.Ticket:
    """A short-lived ticket for `?ticket=` of the live WebSocket."""
    return schemas.Ticket(ticket=tokens.ticket(current_user()), expires_in=tokens.TICKET_LIFETIME_S)


@blueprint.get("/.well-known/jwks.json")
def jwks() -> Response:
    """The public keys that our tokens are signed with (RFC 7517)."""
    answer = jsonify(services().keys.jwks())
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def signed_up(new: schemas.Signup) -> User:
    """The account that a stranger makes, here or on the dashboard's first page; Forbidden when that is closed."""
    shared = services()
    mode = shared.settings.signup
    if not users.may_sign_up(mode, first=not users.anybody()):
        raise Forbidden("sign-up is closed; ask an admin for an account")
    shared.limits.spend(f"signup {site(actor.address())}", SIGNUP)
    hashed = shared.passwords.hashed(new.password)
    with database.atomic():
        user = users.sign_up(new.username, hashed, mode)
        actor.record_as(user.username, "user.signup", f"user {user.id}", {"username": user.username, "role": user.role})
    return user


def authenticated(given: schemas.Credentials) -> User:
    """Whose name and password these are; Unauthenticated, or TooMany after too many wrong ones."""
    shared = services()
    account, place = _account(given.username), f"address {site(actor.address())}"
    shared.limits.spend(place, ADDRESS)
    shared.limits.spend(account, ACCOUNT)
    user = users.by_name(given.username)
    good = shared.passwords.matches(user.password_hash if user else None, given.password)
    if user is None or not good or user.disabled_at is not None:
        raise Unauthenticated("wrong user name or password")
    shared.limits.forget(account)
    shared.limits.refund(place)
    return user


def _account(username: str) -> str:
    return f"account {username.lower()}"


def begun(user: User) -> Response:
    """A new session of a user: its tokens in the answer and in cookies."""
    agent = request.user_agent.string
    with database.atomic():
        family = sessions.begin(user.id, tokens.REFRESH_LIFETIME, actor.address(), agent)
        actor.record_as(user.username, "session.login", f"session {family.session_id}")
    return _answer(family)


def _answer(family: sessions.Family) -> Response:
    access, refreshing = tokens.access_token(family), tokens.refresh_token(family)
    expires_in = int(tokens.ACCESS_LIFETIME.total_seconds())
    body = schemas.Tokens(access_token=access, refresh_token=refreshing, expires_in=expires_in)
    answer = Response(body.model_dump_json(), mimetype="application/json")
    cookies.give(answer, services().cookies, access, refreshing)
    return answer


def _refresh_claims(given: str | None) -> dict[str, str]:
    """The claims of a refresh token from the body, the Authorization header or the cookie (with CSRF header)."""
    if given is None:
        verify_jwt_in_request(refresh=True)
        return cast(dict[str, str], get_jwt())
    try:
        claims: dict[str, str] = decode_token(given)
    except (JWTExtendedException, jwt.InvalidTokenError, ValueError) as error:
        raise Unauthenticated(f"the refresh token is not good: {error}") from error
    if claims.get("type") != "refresh":
        raise Unauthenticated("that is not a refresh token")
    return claims
