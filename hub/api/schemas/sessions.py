"""Where somebody is logged in."""

from uuid import UUID

from hub.api.kinds import Answer, UtcTime


class OpenSession(Answer):
    """Where somebody is logged in; `current`: here."""

    id: UUID
    created_at: UtcTime
    last_used_at: UtcTime
    expires_at: UtcTime
    address: str
    user_agent: str
    current: bool


class SessionList(Answer):
    items: list[OpenSession]
