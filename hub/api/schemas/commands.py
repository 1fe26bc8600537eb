"""What is asked of a device, and its answer."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.api.kinds import Answer, Body, Id, SourceUrl, UtcTime


class CommandNew(Body):
    """`camera_id` for snapshot, and for a restart of one camera; `url` (or `camera_id`) for probe."""

    action: Literal["snapshot", "probe", "restart", "selftest"]
    camera_id: Id | None = None
    url: SourceUrl | None = None


class CommandAsked(Answer):
    command_id: UUID
    answer_within_s: Annotated[int, Field(description="after that its state is timeout")]


class Command(Answer):
    """`details` of a probe: codec, width, height, fps, opened_s, first_frame_s; of a selftest: red, the parts."""

    id: UUID
    device_id: str
    action: Literal["snapshot", "probe", "restart", "selftest"]
    camera_id: int | None
    asked_by: str
    asked_at: UtcTime
    expires_at: UtcTime
    answered_at: UtcTime | None
    state: Literal["waiting", "done", "failed", "timeout"]
    error: Annotated[str, Field(description="for people, empty when all is well")]
    details: dict[str, Any]
    picture_url: str | None
