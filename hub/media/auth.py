"""POST /api/media/auth: the HTTP hook that MediaMTX and the relay call before every publish, read and API request.

Anybody who reaches the hub may call it. It tells only whether a token that the caller holds is good for a path, which
trying the token would tell as well; it changes nothing and never says why.
"""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import structlog
from flask import Blueprint, Response
from pydantic import BaseModel, ConfigDict, Field

from hub.api.operation import operation
from hub.api.problem import problem
from hub.media.access import Access, Knowledge, Refused, decide
from hub.services import services
from hub.store import cameras, devices, principals

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
    access = Access(json.action, json.path, json.token or json.password, json.user, json.query)
    decision = decide(access, _knowledge())
    if isinstance(decision, Refused):
        write = log.info if access.token else log.debug
        write(
            "media refused", action=json.action[:16], path=json.path[:64], address=json.ip[:64], reason=decision.reason
        )
        return problem(401, "not allowed")
    return Response(status=204)


def _knowledge() -> Knowledge:
    return Knowledge(services().keys, _certificate_of, _owner_of, _may_watch)


def _certificate_of(device_id: str) -> str | None:
    if "\x00" in device_id:
        return None
    device = devices.one(device_id)
    return device.certificate_pem if device is not None and device.state == devices.APPROVED else None


def _owner_of(camera_id: int) -> str | None:
    camera = cameras.one(camera_id)
    return camera.device_id if camera is not None else None


def _may_watch(user: str, session: str, camera_id: int) -> bool:
    try:
        principal = principals.of_either(int(user), UUID(session), datetime.now(UTC))
    except ValueError:
        return False
    return principal is not None and principal.may_see(camera_id) and principal.may_use("streams:read")
