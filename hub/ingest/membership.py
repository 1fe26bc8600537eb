"""Which of several ingest processes this one is, and which of them leads: both are locks that PostgreSQL keeps.

They belong to the database connection that the process works with. Whoever has lost that connection has lost the lock,
and can write nothing any more either: no process ever acts as the leader beside another one.
"""

from dataclasses import dataclass

from hub.errors import HubError
from hub.mqtt.rules import HUB, MEMBERS
from hub.store.models import database

TAKE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"


class GroupFull(HubError):
    """As many ingest processes run as the broker has names for."""


@dataclass(slots=True)
class Membership:
    """One process's place; `group` empty: it is alone and leads. Needs the connection that its work is done on."""

    group: str = ""
    leads: bool = False

    def name(self) -> str:
        """Who this process is at the broker: names are lent, so that a client certificate is never used twice."""
        if not self.group:
            return HUB
        for name in MEMBERS:
            if _taken(f"watchpost.ingest.{self.group}.{name}"):
                return name
        raise GroupFull(f"{len(MEMBERS)} ingest processes share {self.group} already")

    def try_to_lead(self) -> bool:
        """Whether this process has become the leader just now."""
        if self.leads or (self.group and not _taken(f"watchpost.ingest.{self.group}.leader")):
            return False
        self.leads = True
        return True

    def forget(self) -> None:
        """The connection is gone, and with it what was taken."""
        self.leads = False


def _taken(lock: str) -> bool:
    return bool(database.execute_sql(TAKE, (lock,)).fetchone()[0])
