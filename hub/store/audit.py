"""The audit log: who changed what, from what to what; rows are only ever added."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.store import rows
from hub.store.models import Audit

LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change comes from: the address, and the name of the API token if there is one."""

    address: str = ""
    token: str = ""


NOWHERE = Origin()


def record(
    actor: str,
    action: str,
    target: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    origin: Origin = NOWHERE,
) -> None:
    """Add one change; part of the transaction that makes it. `before` and `after` never hold a secret."""
    Audit.insert(
        at=datetime.now(UTC),
        actor=actor[:80],
        action=action,
        target=target[:120],
        before=before,
        after=after,
        address=origin.address[:64],
        token=origin.token[:120],
    ).execute()


def page(limit: int, below: int | None, **wanted: str | None) -> list[Audit]:
    """The newest entries with an id below the cursor; `wanted`: actor, action, target."""
    query = Audit.select().order_by(Audit.id.desc()).limit(limit)
    if below is not None:
        query = query.where(Audit.id < below)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(Audit, name) == value)
    return list(query)


def actions() -> list[str]:
    """Every kind of change among the newest ones, by name."""
    newest = Audit.select(Audit.action).order_by(Audit.id.desc()).limit(LOOKED_AT).alias("newest")
    return rows.column(Audit.select(newest.c.action).from_(newest).distinct().order_by(newest.c.action))
