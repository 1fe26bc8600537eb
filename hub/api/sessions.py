"""Where you are logged in, and how to end it there."""

from uuid import UUID

from flask import Blueprint, Response

from hub.api import actor
from hub.api.operation import operation
from hub.api.schemas import sessions as schemas
from hub.auth import cookies
from hub.auth.guard import Role, current_user
from hub.errors import NotFound
from hub.store import sessions
from hub.store.models import database

blueprint = Blueprint("sessions", __name__, url_prefix="/api/auth/sessions")


@blueprint.get("")
@operation("auth", Role.VIEWER, {200: schemas.SessionList})
def list_sessions() -> schemas.SessionList:
    """Your log-ins that have not ended, the one used last first."""
    user = current_user()
    items = [
        schemas.OpenSession(
            id=session.id,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
            address=session.address,
            user_agent=session.user_agent,
            current=session.id == user.session_id,
        )
        for session in sessions.of_user(user.id)
    ]
    return schemas.SessionList(items=items)


@blueprint.delete("")
@operation("auth", Role.VIEWER, {204: None})
def end_other_sessions() -> Response:
    """Log yourself out everywhere but here."""
    user = current_user()
    with database.atomic():
        sessions.revoke_all(user.id, but=user.session_id)
        actor.record("session.end_others", f"user {user.id}")
    return Response(status=204)


@blueprint.delete("/<uuid:session_id>")
@operation("auth", Role.VIEWER, {204: None}, 404)
def end_session(session_id: UUID) -> Response:
    """Log yourself out somewhere: none of that session's tokens is good any more."""
    user = current_user()
    if session_id not in {session.id for session in sessions.of_user(user.id)}:
        raise NotFound("you have no such session")
    with database.atomic():
        sessions.revoke(session_id)
        actor.record("session.end", f"session {session_id}")
    answer = Response(status=204)
    if session_id == user.session_id:
        cookies.take(answer)
    return answer
