"""Who asks and what they may: every blueprint guards its routes with `requires`, and its rows with `may_see`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import flask_jwt_extended as flask_jwt
from flask import g, request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import InvalidTokenError
from peewee import SQL, Expression, Field

from hub.auth import api_tokens
from hub.auth.principal import Principal, Role
from hub.auth.scopes import SCOPES, scope_of
from hub.errors import Forbidden, NotFound, Unauthenticated

__all__ = ["Principal", "Role", "asked_cameras", "check_camera", "check_role", "check_scope", "current_user"]
__all__ += ["optional_user", "requires", "visible_cameras"]
P = ParamSpec("P")
R = TypeVar("R")


def current_user() -> Principal:
    """Who asks, from Bearer token or cookie (with CSRF header where something changes), checked against the database.

    Raises what becomes a 401 answer. Asking again in the same request costs nothing.
    """
    if "principal" not in g:
        g.principal = _known()
    return cast(Principal, g.principal)


def _known() -> Principal:
    given = api_tokens.given(request.headers.get("Authorization", ""))
    if given is not None:
        return api_tokens.principal(given)
    flask_jwt.verify_jwt_in_request()
    return cast(Principal, flask_jwt.get_current_user())


def optional_user() -> Principal | None:
    """Who is logged in, or None for anybody else; for pages that send strangers to the login."""
    try:
        user = current_user()
    except (JWTExtendedException, InvalidTokenError, Unauthenticated):
        return None
    return user if user.scopes is None else None


def requires(role: Role, scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view for this role and those above; an API token needs the scope too: a whole one, or a tag (see scopes)."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            check_role(role, scope)
            return view(*args, **kwargs)

        return guarded

    return decorate


def check_role(role: Role, scope: str) -> Principal:
    """Who asks, if they have this role and, with an API token, this scope; Forbidden otherwise."""
    user = current_user()
    if not user.role.includes(role):
        raise Forbidden(f"this needs the role {role}; {user.username} is {user.role}")
    check_scope(user, scope)
    return user


def check_scope(user: Principal, scope: str) -> None:
    """Forbidden for an API token that was not made for this."""
    needed = scope_of(scope, request.method)
    if needed and not user.may_use(needed):
        known = needed in SCOPES
        raise Forbidden(f"this API token has no scope {needed}" if known else "this needs a log-in, not an API token")


def check_camera(camera_id: int) -> None:
    """NotFound when the user may not see this camera: a foreign camera looks like none at all."""
    if not current_user().may_see(camera_id):
        raise NotFound(f"no camera {camera_id}")


def asked_cameras(camera_id: int | None) -> frozenset[int] | None:
    """The cameras to tell of: all that the user may see (None: every one), or the one asked for if it is among them."""
    user = current_user()
    if camera_id is None:
        return user.camera_ids
    return frozenset({camera_id} if user.may_see(camera_id) else ())


def visible_cameras(user: Principal, column: Field) -> Expression | SQL:
    """The condition that keeps a query to the cameras of this user, e.g. `visible_cameras(user, Alert.camera_id)`."""
    if user.camera_ids is None:
        return SQL("TRUE")
    condition: Any = column.in_(sorted(user.camera_ids)) if user.camera_ids else SQL("FALSE")
    return cast(Expression, condition)
