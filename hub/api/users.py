"""Accounts, for admins: who may log in, as what, to which cameras."""

from datetime import UTC, datetime
from typing import Any, cast

from flask import Blueprint, Response

from hub.api import actor
from hub.api.operation import operation
from hub.api.schemas import users as schemas
from hub.auth.guard import Role, current_user
from hub.errors import Conflict, NotFound
from hub.services import services
from hub.store import users
from hub.store.models import User, database

blueprint = Blueprint("users", __name__, url_prefix="/api/users")


@blueprint.get("")
@operation("users", Role.ADMIN, {200: schemas.UserList})
def list_users() -> schemas.UserList:
    """Everybody, by name."""
    return schemas.UserList(items=[shown(user) for user in users.listing()])


@blueprint.post("")
@operation("users", Role.ADMIN, {201: schemas.User}, 409)
def create_user(json: schemas.UserNew) -> tuple[schemas.User, int]:
    """Make an account; `camera_ids` limits it to some cameras."""
    hashed = services().passwords.hashed(json.password)
    with database.atomic():
        user = shown(users.create(json.username, hashed, json.role, json.camera_ids))
        actor.record("user.create", f"user {user.id}", None, _audited(user))
    return user, 201


@blueprint.get("/<id:user_id>")
@operation("users", Role.ADMIN, {200: schemas.User}, 404)
def get_user(user_id: int) -> schemas.User:
    """One account."""
    return shown(_found(user_id))


@blueprint.patch("/<id:user_id>")
@operation("users", Role.ADMIN, {200: schemas.User}, 404, 409)
def change_user(user_id: int, json: schemas.UserChange) -> schemas.User:
    """Change role, cameras or password, or disable; a new password or disabling ends the account's sessions."""
    values: dict[str, Any] = {"role": json.role} if json.role else {}
    if json.password is not None:
        values["password_hash"] = services().passwords.hashed(json.password)
    if json.disabled is not None:
        values["disabled_at"] = datetime.now(UTC) if json.disabled else None
    with database.atomic():
        user = _found(user_id)
        given = "camera_ids" in json.model_fields_set
        changed = shown(users.change(user, values, json.camera_ids, cameras_given=given))
        actor.record("user.change", f"user {user_id}", _audited(shown(user)), _audited(changed, json))
    return changed


@blueprint.delete("/<id:user_id>")
@operation("users", Role.ADMIN, {204: None}, 404, 409)
def delete_user(user_id: int) -> Response:
    """Remove an account and end its sessions."""
    if user_id == current_user().id:
        raise Conflict("you cannot delete your own account")
    with database.atomic():
        user = _found(user_id)
        users.delete(user)
        actor.record("user.delete", f"user {user_id}", _audited(shown(user)))
    return Response(status=204)


def _found(user_id: int) -> User:
    user = users.by_id(user_id)
    if user is None:
        raise NotFound(f"no user {user_id}")
    return user


def shown(user: User) -> schemas.User:
    camera_ids = None if user.all_cameras else sorted(cast(Any, user).camera_ids or ())
    return schemas.User(
        id=user.id,
        username=user.username,
        role=cast(Any, user.role),
        camera_ids=camera_ids,
        created_at=user.created_at,
        disabled=user.disabled_at is not None,
    )


def _audited(user: schemas.User, change: schemas.UserChange | None = None) -> dict[str, Any]:
    shown = user.model_dump(include={"username", "role", "camera_ids", "disabled"})
    return {**shown, "password": "changed"} if change and change.password else shown
