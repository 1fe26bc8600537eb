"""Who changed what."""

from typing import Annotated, Any

from pydantic import Field

from hub.api.kinds import TEXT, Answer, Id, Limit, Query, UtcTime


class AuditQuery(Query):
    limit: Limit = 50
    cursor: Id | None = None
    actor: Annotated[str, Field(max_length=80, pattern=TEXT)] | None = None
    action: Annotated[str, Field(max_length=64, pattern=TEXT)] | None = None
    target: Annotated[str, Field(max_length=120, pattern=TEXT)] | None = None


class AuditEntry(Answer):
    id: int
    at: UtcTime
    actor: str
    action: str
    target: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str
    token: Annotated[str, Field(description="the name of the API token that was used, empty for a log-in")]


class AuditPage(Answer):
    items: list[AuditEntry]
    next_cursor: str | None
