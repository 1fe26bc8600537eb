"""Tokens of programs."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.api.kinds import Answer, Body, Id, Name, Query, ScopeName, UtcTime, Whole
from hub.auth.scopes import SCOPES


class ApiToken(Answer):
    """A program's token; `hint` is how it begins and ends, the whole was told once."""

    id: UUID
    name: str
    user_id: int
    username: str
    scopes: list[ScopeName]
    hint: str
    created_at: UtcTime
    expires_at: Annotated[UtcTime | None, Field(description="null: never")]
    last_used_at: Annotated[UtcTime | None, Field(description="to the minute")]


class ApiTokenList(Answer):
    items: list[ApiToken]


class ApiTokenQuery(Query):
    """`all`: everybody's, for admins."""

    whose: Literal["mine", "all"] = "mine"


class ApiTokenNew(Body):
    """`valid_days` null: until it is revoked. `user_id`: whom it works for, for admins; left out: yourself."""

    name: Name
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=len(SCOPES))]
    valid_days: Annotated[int, Field(ge=1, le=3650), Whole] | None = 90
    user_id: Id | None = None


class ApiTokenMade(ApiToken):
    """The one time that the token is told."""

    token: str
