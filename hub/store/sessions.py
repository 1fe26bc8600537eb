"""Sessions: one log-in each, a family of refresh tokens of which only the newest is good."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from peewee import fn

from hub.auth.guard import Principal, Role
from hub.store.models import Session, User, UserCamera
from hub.store.notify import SESSION, notify


@dataclass(frozen=True, slots=True)
class Family:
    """A session and the id of its only good refresh token."""

    session_id: UUID
    refresh_id: UUID
    user_id: int


def principal(user_id: int, session_id: UUID, expires_at: datetime) -> Principal | None:
    """Who a live session belongs to; None when it was revoked, has ended, or the user was disabled."""
    cameras = UserCamera.select(fn.array_agg(UserCamera.camera)).where(UserCamera.user == User.id)
    row = (
        User.select(User.id, User.username, User.role, User.all_cameras, cameras.alias("camera_ids"))
        .join(Session)
        .where(Session.id == session_id, User.id == user_id, *_alive(datetime.now(UTC)))
        .tuples()
        .first()
    )
    if row is None:
        return None
    found_id, username, role, all_cameras, camera_ids = row
    visible = None if all_cameras or role == Role.ADMIN else frozenset(camera_ids or ())
    return Principal(found_id, username, Role(role), visible, session_id, expires_at)


def begin(user_id: int, lifetime: timedelta, address: str, user_agent: str) -> Family:
    """A new session."""
    now = datetime.now(UTC)
    family = Family(uuid4(), uuid4(), user_id)
    Session.insert(
        id=family.session_id,
        user=user_id,
        refresh_id=family.refresh_id,
        created_at=now,
        last_used_at=now,
        expires_at=now + lifetime,
        address=address[:64],
        user_agent=user_agent[:300],
    ).execute()
    return family


def rotate(session_id: UUID, used: UUID, lifetime: timedelta) -> Family | None:
    """The family with its next refresh token; None when the used one was not the good one of a live session."""
    now = datetime.now(UTC)
    live_users = User.select(User.id).where(User.disabled_at.is_null())
    rows = (
        Session.update(refresh_id=uuid4(), last_used_at=now, expires_at=now + lifetime)
        .where(Session.id == session_id, Session.refresh_id == used, Session.revoked_at.is_null())
        .where(Session.expires_at > now, Session.user.in_(live_users))
        .returning(Session.refresh_id, Session.user)
        .tuples()
        .execute()
    )
    for refresh_id, user_id in rows:
        return Family(session_id, refresh_id, user_id)
    return None


def revoke(session_id: UUID) -> bool:
    """End a session now, for every process; false when it had already ended."""
    now = datetime.now(UTC)
    changed = Session.update(revoked_at=now).where(Session.id == session_id, Session.revoked_at.is_null()).execute()
    if changed:
        notify(SESSION, str(session_id))
    return bool(changed)


def revoke_all(user_id: int) -> None:
    """End every session of a user."""
    now = datetime.now(UTC)
    rows = (
        Session.update(revoked_at=now)
        .where(Session.user == user_id, Session.revoked_at.is_null())
        .returning(Session.id)
        .tuples()
        .execute()
    )
    for (session_id,) in rows:
        notify(SESSION, str(session_id))


def _alive(now: datetime) -> tuple[object, ...]:
    return (Session.revoked_at.is_null(), Session.expires_at > now, User.disabled_at.is_null())
