"""Sessions: one log-in each, a family of refresh tokens of which the newest is good."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hub.store import rows
from hub.store.models import Session, User, database
from hub.store.notify import SESSION, notify

KEPT = timedelta(days=30)
GRACE = timedelta(seconds=30)  # two tabs that refresh at once, a request that is sent again


@dataclass(frozen=True, slots=True)
class Family:
    """A session and the id of its only good refresh token."""

    session_id: UUID
    refresh_id: UUID
    user_id: int


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a session is renewed; `grace`: several tabs share the token, and none can be asked for a password lightly."""

    lifetime: timedelta
    now: datetime
    grace: bool


def begin(user_id: int, lifetime: timedelta, address: str, user_agent: str) -> Family:
    """A new session; the user's long ended ones are forgotten."""
    now = datetime.now(UTC)
    ended = (Session.expires_at < now) | (Session.revoked_at < now - KEPT)
    Session.delete().where(Session.user == user_id, ended).execute()  # type: ignore[misc]
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


def rotate(session_id: UUID, used: UUID, renewal: Renewal) -> Family | None:
    """The family with its next refresh token; None when the used one is not, or no longer, good: somebody stole one.

    With grace, the one that was spent last is given its answer once more for a moment, or as long as nobody has used
    anything of that answer: then it never arrived. A thief cannot use the answer without ending that.
    """
    now = renewal.now
    with database.atomic():
        session = _live(session_id, now)
        if session is None:
            return None
        user_id: int = session.user_id
        if used == session.refresh_id:
            return Family(session_id, _advanced(session, renewal), user_id)
        fresh = session.rotated_at is not None and now - session.rotated_at <= GRACE
        again = renewal.grace and used == session.previous_refresh_id and (fresh or not session.answer_used)
        return Family(session_id, session.refresh_id, user_id) if again else None


def _live(session_id: UUID, now: datetime) -> Session | None:
    """A session that has not ended, of a user who may log in; held until the transaction ends."""
    live_users = User.select(User.id).where(User.disabled_at.is_null())
    live = Session.select().where(Session.id == session_id, Session.revoked_at.is_null(), Session.expires_at > now)
    return rows.first(live.where(Session.user.in_(live_users)).for_update(), Session)


def _advanced(session: Session, renewal: Renewal) -> UUID:
    refresh_id, now = uuid4(), renewal.now
    values = {"refresh_id": refresh_id, "previous_refresh_id": session.refresh_id, "rotated_at": now}
    values |= {"answer_used": False, "last_used_at": now, "expires_at": now + renewal.lifetime}
    Session.update(values).where(Session.id == session.id).execute()
    return refresh_id


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
    but_one = [] if but is None else [Session.id != but]
    ended = Session.update(revoked_at=now).where(*condemned, *but_one).returning(Session.id)
    for session_id in rows.column(ended):
        notify(SESSION, str(session_id))
