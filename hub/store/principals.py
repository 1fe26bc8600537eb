"""Who a log-in or an API token belongs to, as it is right now: role, cameras, whether it is still good."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.auth.principal import Principal, Role
from hub.store.models import database

# Asked on every request, so spelled out: composing them would cost more than running them.
ACCOUNT = """\
SELECT u.id, u.username, u.role, u.all_cameras,
       CASE WHEN NOT u.all_cameras THEN (SELECT array_agg(c.camera_id) FROM user_camera c WHERE c.user_id = u.id) END"""
SESSION = f"""{ACCOUNT}, s.refresh_id, s.answer_used
FROM session s JOIN app_user u ON u.id = s.user_id
WHERE s.id = %s AND u.id = %s AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL"""
TOKEN = f"""{ACCOUNT}, t.id, t.name, t.scopes, t.expires_at, t.last_used_at
FROM api_token t JOIN app_user u ON u.id = t.user_id
WHERE t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.disabled_at IS NULL"""
BY_DIGEST = f"{TOKEN} AND t.token_sha256 = %s"
BY_ID = f"{TOKEN} AND t.id = %s AND u.id = %s"
ANSWERED = "UPDATE session SET answer_used = true WHERE id = %s AND refresh_id = %s"
SEEN = "UPDATE api_token SET last_used_at = %s WHERE id = %s"


def of_session(user_id: int, session_id: UUID, until: datetime, refresh_id: str = "") -> Principal | None:
    """Who a live log-in belongs to; None when it was revoked, has ended, or the user was disabled.

    `refresh_id`: with which refresh token the proof was given out; using it shows that the answer has arrived.
    """
    row = database.execute_sql(SESSION, (str(session_id), user_id)).fetchone()
    if row is None:
        return None
    newest, answer_used = str(row[5]), row[6]
    if refresh_id == newest and not answer_used:
        database.execute_sql(ANSWERED, (str(session_id), newest))
    return Principal(*_account(row), session_id, until)


def of_token(token_sha256: bytes, until: datetime, *, seen: datetime, seen_every: timedelta) -> Principal | None:
    """Who an API token belongs to, and write down that it was used; `until`: the proof lasts no longer than this."""
    row = database.execute_sql(BY_DIGEST, (token_sha256,)).fetchone()
    if row is None:
        return None
    token_id, last_used_at = row[5], row[9]
    if last_used_at is None or seen - last_used_at > seen_every:
        database.execute_sql(SEEN, (seen, str(token_id)))
    return _with_token(row, until)


def of_either(user_id: int, session_id: UUID, until: datetime) -> Principal | None:
    """Who a log-in or an API token of this id belongs to: what was opened with either outlives neither."""
    found = of_session(user_id, session_id, until)
    if found is not None:
        return found
    row = database.execute_sql(BY_ID, (str(session_id), user_id)).fetchone()
    return None if row is None else _with_token(row, until)


def _with_token(row: Sequence[Any], until: datetime) -> Principal:
    token_id, name, scopes, expires_at = row[5:9]
    ends = until if expires_at is None else min(until, expires_at)
    return Principal(*_account(row), UUID(str(token_id)), ends, frozenset(scopes), name)


def _account(row: Sequence[Any]) -> tuple[int, str, Role, frozenset[int] | None]:
    user_id, username, role, all_cameras, camera_ids = row[:5]
    visible = None if all_cameras or role == Role.ADMIN else frozenset(camera_ids or ())
    return user_id, username, Role(role), visible
