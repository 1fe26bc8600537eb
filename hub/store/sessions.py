"""Sessions: one log-in each, a family of refresh tokens of which only the newest is good."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hub.store.models import Session, User
from hub.store.notify import SESSION, notify

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Family:
    """A session and the id of its only good refresh token."""

    session_id: UUID
    refresh_id: UUID
    user_id: int


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


def revoke_all(user_id: int, but: UUID | None = None) -> None:
    """End every session of a user, except perhaps one."""
    now = datetime.now(UTC)
    condemned = (Session.user == user_id, Session.revoked_at.is_null())
    rows = (
        Session.update(revoked_at=now)
        .where(*condemned, *([] if but is None else [Session.id != but]))
        .returning(Session.id)
        .tuples()
        .execute()
    )
    for (session_id,) in rows:
        notify(SESSION, str(session_id))
