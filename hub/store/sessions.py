"""Sessions: one log-in each, a family of refresh tokens of which only the newest is good."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hub.auth.guard import Principal, Role
from hub.store.models import Session, User, database
from hub.store.notify import SESSION, notify

KEPT = timedelta(days=30)
# Asked on every request, so spelled out: composing it would cost more than running it.
PRINCIPAL = """\
SELECT u.id, u.username, u.role, u.all_cameras,
       CASE WHEN NOT u.all_cameras THEN (SELECT array_agg(c.camera_id) FROM user_camera c WHERE c.user_id = u.id) END
FROM session s JOIN app_user u ON u.id = s.user_id
WHERE s.id = %s AND u.id = %s AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL"""


@dataclass(frozen=True, slots=True)
class Family:
    """A session and the id of its only good refresh token."""

    session_id: UUID
    refresh_id: UUID
    user_id: int


def principal(user_id: int, session_id: UUID, expires_at: datetime) -> Principal | None:
    """Who a live session belongs to; None when it was revoked, has ended, or the user was disabled."""
    row = database.execute_sql(PRINCIPAL, (str(session_id), user_id)).fetchone()
    if row is None:
        return None
    found_id, username, role, all_cameras, camera_ids = row
    visible = None if all_cameras or role == Role.ADMIN else frozenset(camera_ids or ())
    return Principal(found_id, username, Role(role), visible, session_id, expires_at)


def begin(user_id: int, lifetime: timedelta, address: str, user_agent: str) -> Family:
    """A new session; the user's long ended ones are forgotten."""
    now = datetime.now(UTC)
    ended = (Session.expires_at < now) | (Session.revoked_at < now - KEPT)
    Session.delete().where(Session.user == user_id, ended).execute()
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


def of_user(user_id: int) -> list[Session]:
    """The sessions of a user that have not ended, the one used last first."""
    now = datetime.now(UTC)
    live = Session.select().where(Session.user == user_id, Session.revoked_at.is_null(), Session.expires_at > now)
    return list(live.order_by(Session.last_used_at.desc()))


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
