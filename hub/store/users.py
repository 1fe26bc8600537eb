"""Users: who may log in, as what, and to which cameras."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from peewee import fn

from hub.errors import Conflict, Forbidden
from hub.store import api_tokens, rows, sessions
from hub.store.models import Camera, User, UserCamera, database
from hub.store.notify import USER, notify

ADMIN = "admin"
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('watchpost.users', 0))"


def by_name(username: str) -> User | None:
    """The user of this name, whatever the case of its letters."""
    return rows.first(_all().where(fn.lower(User.username) == username.lower()), User)


def by_id(user_id: int) -> User | None:
    """The user of this id."""
    return rows.first(_all().where(User.id == user_id), User)


def listing() -> list[User]:
    """Everybody, by name; each with `camera_ids` (empty for all cameras)."""
    return rows.models(_all().order_by(fn.lower(User.username)), User)


def anybody() -> bool:
    """Whether there is any account yet."""
    return bool(User.select(User.id).limit(1).exists())


def create(username: str, password_hash: str, role: str, camera_ids: list[int] | None = None) -> User:
    """A new user; Conflict when the name is taken, in any case of its letters."""
    with database.atomic():
        database.execute_sql(LOCK)
        return _create(username, password_hash, role, camera_ids)


def sign_up(username: str, password_hash: str, mode: str) -> User:
    """An account made by its owner: the very first is admin, later ones viewer, and only in mode `open`."""
    with database.atomic():
        database.execute_sql(LOCK)
        first = not anybody()
        if not may_sign_up(mode, first=first):
            raise Forbidden("sign-up is closed; ask an admin for an account")
        return _create(username, password_hash, ADMIN if first else "viewer", None)


def may_sign_up(mode: str, *, first: bool) -> bool:
    """Whether a stranger may make an account; `first`: there is none yet."""
    return mode == "open" or (mode == "first" and first)


def change(user: User, values: dict[str, Any], camera_ids: list[int] | None, *, cameras_given: bool) -> User:
    """Write a change and end the user's sessions where it takes something away; the last admin stays one."""
    with database.atomic(), _an_admin_stays():
        if values:
            User.update(values).where(User.id == user.id).execute()
        if cameras_given:
            _limit_to(user.id, camera_ids)
        if values.get("disabled_at") or "password_hash" in values:
            sessions.revoke_all(user.id)
        if values or cameras_given:
            api_tokens.interrupt(user.id)
            notify(USER, str(user.id))
        changed = by_id(user.id)
        assert changed is not None
        return changed


def delete(user: User) -> None:
    """Remove a user and their sessions; the last admin stays."""
    with database.atomic(), _an_admin_stays():
        sessions.revoke_all(user.id)
        api_tokens.interrupt(user.id)
        User.delete().where(User.id == user.id).execute()  # type: ignore[misc]


def _all() -> Any:
    cameras = UserCamera.select(fn.array_agg(UserCamera.camera)).where(UserCamera.user == User.id)
    return User.select(User, cameras.alias("camera_ids"))


def _create(username: str, password_hash: str, role: str, camera_ids: list[int] | None) -> User:
    if by_name(username):
        raise Conflict(f"the name {username} is taken", ("body.username", "taken"))
    values = {"username": username, "password_hash": password_hash, "role": role, "created_at": datetime.now(UTC)}
    user_id = User.insert(values).execute()
    _limit_to(user_id, camera_ids)
    created = by_id(user_id)
    assert created is not None
    return created


def _limit_to(user_id: int, camera_ids: list[int] | None) -> None:
    UserCamera.delete().where(UserCamera.user == user_id).execute()  # type: ignore[misc]
    User.update(all_cameras=camera_ids is None).where(User.id == user_id).execute()
    wanted = set(camera_ids or ())
    _check_cameras(wanted)
    if wanted:
        UserCamera.insert_many([{"user": user_id, "camera": camera_id} for camera_id in sorted(wanted)]).execute()


def _check_cameras(wanted: Iterable[int]) -> None:
    known = set(rows.column(Camera.select(Camera.id).where(Camera.id.in_(list(wanted)))))
    for camera_id in sorted(set(wanted) - known):
        raise Conflict(f"there is no camera {camera_id}", ("body.camera_ids", f"there is no camera {camera_id}"))


@contextmanager
def _an_admin_stays() -> Iterator[None]:
    """One change at a time, and none that takes away the last admin."""
    database.execute_sql(LOCK)
    before = _has_admin()
    yield
    if before and not _has_admin():
        raise Conflict("the last admin cannot be removed, disabled or given another role")


def _has_admin() -> bool:
    return bool(User.select().where(User.role == ADMIN, User.disabled_at.is_null()).exists())
