"""Who asks and what they may: every blueprint guards its routes with `requires`, and its rows with `may_see`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from uuid import UUID

import flask_jwt_extended as flask_jwt
from flask import g
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import InvalidTokenError
from peewee import SQL, Expression, Field

from hub.errors import Forbidden, NotFound

P = ParamSpec("P")
R = TypeVar("R")


class Role(StrEnum):
    """What somebody may do; each role includes the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what the other one may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `camera_ids` None: every camera. `expires_at`: when the token that proved it ends."""

    id: int
    username: str
    role: Role
    camera_ids: frozenset[int] | None
    session_id: UUID
    expires_at: datetime

    def may_see(self, camera_id: int) -> bool:
        """Whether this camera exists for this user."""
        return self.camera_ids is None or camera_id in self.camera_ids


def current_user() -> Principal:
    """Who asks, from Bearer token or cookie (with CSRF header where something changes), checked against the session.

    Raises what becomes a 401 answer. Asking again in the same request costs nothing.
    """
    if "principal" not in g:
        flask_jwt.verify_jwt_in_request()
        g.principal = flask_jwt.get_current_user()
    return cast(Principal, g.principal)


def optional_user() -> Principal | None:
    """Who asks, or None for anybody unknown; for pages that send strangers to the login."""
    try:
        return current_user()
    except (JWTExtendedException, InvalidTokenError):
        return None


def requires(role: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view that only this role and those above may call; 401 for strangers, 403 for the rest."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            check_role(role)
            return view(*args, **kwargs)

        return guarded

    return decorate


def check_role(role: Role) -> Principal:
    """Who asks, if they have this role; Forbidden otherwise."""
    user = current_user()
    if not user.role.includes(role):
        raise Forbidden(f"this needs the role {role}; {user.username} is {user.role}")
    return user


def check_camera(camera_id: int) -> None:
    """NotFound when the user may not see this camera: a foreign camera looks like none at all."""
    if not current_user().may_see(camera_id):
        raise NotFound(f"no camera {camera_id}")


def visible_cameras(user: Principal, column: Field) -> Expression | SQL:
    """The condition that keeps a query to the cameras of this user, e.g. `visible_cameras(user, Alert.camera_id)`."""
    if user.camera_ids is None:
        return SQL("TRUE")
    condition: Any = column.in_(sorted(user.camera_ids)) if user.camera_ids else SQL("FALSE")
    return cast(Expression, condition)
