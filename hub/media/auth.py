"""POST /api/media/auth: the HTTP hook that MediaMTX and the relay call before every publish, read and API request.

Anybody who reaches the hub may call it. It tells only whether a token that the caller holds is good for a path, which
trying the token would tell as well; it never says why. Who is let in is remembered until they have left.
"""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import structlog
from flask import Blueprint, Response, g
from pydantic import BaseModel, ConfigDict, Field

from hub.api.operation import operation
from hub.api.problem import problem
from hub.errors import Invalid
from hub.media.access import Access, Refused, decide
from hub.media.knowledge import knowledge
from hub.media.tokens import Grant
from hub.services import services
from hub.store import media_sessions

blueprint = Blueprint("media_auth", __name__)
log = structlog.get_logger(__name__)

Text = Annotated[str, Field(max_length=4096)]


class MediaAccess(BaseModel):
    """MediaMTX's question; fields that a later version adds are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)

    ip: Text = ""
    user: Text = ""
    password: Text = ""
    token: Text = ""
    action: Text
    path: Text = ""
    protocol: Text = ""
    id: Text | None = None
    query: Text = ""
    userAgent: Text = ""


@blueprint.post("/api/media/auth")
@operation("media", None, {204: None}, 401)
def authorize(json: MediaAccess) -> Response:
    """Whether the media server may let somebody publish, read or administer: 204 or 401."""
    access = Access(json.action, json.path, json.token or json.password, json.user)
    decision = decide(access, knowledge(services().keys))
    if isinstance(decision, Refused):
        write = log.info if access.token else log.debug
        write(
            "media refused", action=json.action[:16], path=json.path[:64], address=json.ip[:64], reason=decision.reason
        )
        return problem(401, "not allowed")
    g.routine = decision.grant.action == "api"  # the hub's own guard, every few seconds
    if json.id is not None and decision.grant.action != "api":
        _remember(json.id, decision.grant)
    return Response(status=204)


def _remember(media_id: str, grant: Grant) -> None:
    """Under the media server's own id, so that the guard can end it; without one there is nothing to end."""
    try:
        parsed = UUID(media_id)
    except ValueError:
        raise Invalid.field("body.id", "not a UUID") from None
    admission = media_sessions.Admission(grant.action, grant.path, grant.subject, grant.session)
    media_sessions.admit(parsed, admission, datetime.now(UTC))
