"""API tokens: kept as digests, revoked but never deleted while their user is there, so that the list tells the past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from hub.store import rows
from hub.store.models import ApiToken, User
from hub.store.notify import SESSION, notify


@dataclass(frozen=True, slots=True)
class NewToken:
    """What is kept of a token that has just been made; `expires_at` None: never."""

    user_id: int
    name: str
    scopes: Sequence[str]
    token_sha256: bytes
    hint: str
    expires_at: datetime | None


def insert(new: NewToken) -> UUID:
    """Keep a new token; its id."""
    token_id = uuid4()
    ApiToken.insert(
        id=token_id,
        user=new.user_id,
        name=new.name,
        scopes=list(new.scopes),
        token_sha256=new.token_sha256,
        hint=new.hint,
        created_at=datetime.now(UTC),
        expires_at=new.expires_at,
    ).execute()
    return token_id


def listing(user_id: int | None) -> list[ApiToken]:
    """The tokens that are not revoked, of one user or of everybody, each with `user`; the newest first."""
    query = ApiToken.select(ApiToken, User).join(User).where(ApiToken.revoked_at.is_null())
    if user_id is not None:
        query = query.where(ApiToken.user == user_id)
    return rows.models(query.order_by(ApiToken.created_at.desc(), ApiToken.id), ApiToken)


def one(token_id: UUID) -> ApiToken | None:
    """One token that is not revoked, with its `user`."""
    query = ApiToken.select(ApiToken, User).join(User).where(ApiToken.id == token_id, ApiToken.revoked_at.is_null())
    return rows.first(query, ApiToken)


def count(user_id: int) -> int:
    """How many tokens of a user are not revoked."""
    return int(ApiToken.select().where(ApiToken.user == user_id, ApiToken.revoked_at.is_null()).count())


def revoke(token_id: UUID) -> bool:
    """End a token now, with all that it has opened; false when it had already ended."""
    live = (ApiToken.id == token_id, ApiToken.revoked_at.is_null())
    changed = ApiToken.update(revoked_at=datetime.now(UTC)).where(*live).execute()
    if changed:
        notify(SESSION, str(token_id))
    return bool(changed)


def interrupt(user_id: int) -> None:
    """End what a user's tokens have opened, because the user may less than before; the tokens themselves stay."""
    for (token_id,) in rows.tuples(ApiToken.select(ApiToken.id).where(ApiToken.user == user_id)):
        notify(SESSION, str(token_id))
