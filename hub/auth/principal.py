"""Who asks: a user in a role, proven by a log-in or by an API token. Pure values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What somebody may do; each role includes the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what the other one may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `camera_ids` None: every camera. `session_id`: of the log-in, or of the API token.

    `scopes` None: somebody who logged in, who may all that the role may. `expires_at`: when the proof ends.
    """

    id: int
    username: str
    role: Role
    camera_ids: frozenset[int] | None
    session_id: UUID
    expires_at: datetime
    scopes: frozenset[str] | None = None
    token_name: str = ""

    def may_see(self, camera_id: int) -> bool:
        """Whether this camera exists for this user."""
        return self.camera_ids is None or camera_id in self.camera_ids

    def may_use(self, scope: str) -> bool:
        """Whether an API token has this scope; who logged in has them all."""
        return self.scopes is None or scope in self.scopes
