"""API tokens: made by people for their programs, told once, never good for more than their owner may."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response

from hub.api import actor
from hub.api.operation import operation
from hub.api.schemas import api_tokens as schemas
from hub.auth import api_tokens, scopes
from hub.auth.guard import Role, check_role, current_user
from hub.errors import Conflict, Invalid, NotFound
from hub.store import api_tokens as kept
from hub.store import users
from hub.store.models import ApiToken, User, database

blueprint = Blueprint("api_tokens", __name__, url_prefix="/api/tokens")
MOST = 100


@blueprint.get("")
@operation("tokens", Role.VIEWER, {200: schemas.ApiTokenList})
def list_tokens(query: schemas.ApiTokenQuery) -> schemas.ApiTokenList:
    """Your tokens, the newest first, those that have expired too; never the tokens themselves."""
    everybody = query.whose == "all"
    user = check_role(Role.ADMIN if everybody else Role.VIEWER, "tokens")
    return schemas.ApiTokenList(items=[shown(token) for token in kept.listing(None if everybody else user.id)])


@blueprint.post("")
@operation("tokens", Role.VIEWER, {201: schemas.ApiTokenMade}, 404, 409)
def create_token(json: schemas.ApiTokenNew) -> tuple[schemas.ApiTokenMade, int]:
    """Make a token for a program; this answer is the only one that tells it."""
    owner = _owner(json.user_id)
    if too_much := scopes.beyond(json.scopes, Role(owner.role)):
        raise Invalid.field("body.scopes", f"{owner.username} is {owner.role} and has no use for {', '.join(too_much)}")
    text = api_tokens.new()
    until = datetime.now(UTC) + timedelta(days=json.valid_days) if json.valid_days else None
    wanted = [scope for scope in scopes.SCOPES if scope in json.scopes]
    new = kept.NewToken(owner.id, json.name, wanted, api_tokens.digest(text), api_tokens.hint(text), until)
    with database.atomic():
        if kept.count(owner.id) >= MOST:
            raise Conflict(f"{owner.username} has {MOST} tokens; revoke one that is not needed")
        made = shown(_found(kept.insert(new)))
        actor.record("token.create", f"token {made.id}", None, _audited(made))
    return schemas.ApiTokenMade(**made.model_dump(), token=text), 201


@blueprint.delete("/<uuid:token_id>")
@operation("tokens", Role.VIEWER, {204: None}, 404)
def revoke_token(token_id: UUID) -> Response:
    """End a token now, one of yours or, for admins, anybody's; what it has opened is closed."""
    with database.atomic():
        token, user = _found(token_id), current_user()
        if token.user.id != user.id and not user.role.includes(Role.ADMIN):
            raise NotFound("no such token")
        kept.revoke(token_id)
        actor.record("token.revoke", f"token {token_id}", _audited(shown(token)))
    return Response(status=204)


def shown(token: ApiToken) -> schemas.ApiToken:
    """A token (from hub.store.api_tokens, so with its user) as answers show it."""
    return schemas.ApiToken(
        id=token.id,
        name=token.name,
        user_id=token.user.id,
        username=token.user.username,
        scopes=token.scopes,
        hint=token.hint,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )


def _owner(user_id: int | None) -> User:
    """Whom the token is for; only admins make one for somebody else."""
    asking = current_user()
    if user_id is not None and user_id != asking.id:
        check_role(Role.ADMIN, "tokens")
    owner = users.by_id(asking.id if user_id is None else user_id)
    if owner is None:
        raise NotFound(f"no user {user_id}", ("body.user_id", "no such user"))
    return owner


def _found(token_id: UUID) -> ApiToken:
    token = kept.one(token_id)
    if token is None:
        raise NotFound("no such token")
    return token


def _audited(token: schemas.ApiToken) -> dict[str, Any]:
    return token.model_dump(mode="json", include={"name", "username", "scopes", "expires_at"})
