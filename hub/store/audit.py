"""The audit log: who changed what, from what to what; rows are only ever added."""

from datetime import UTC, datetime
from typing import Any

from hub.store.models import Audit


def record(
    actor: str,
    action: str,
    target: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    address: str = "",
) -> None:
    """Add one change; part of the transaction that makes it. `before` and `after` never hold a secret."""
    Audit.insert(
        at=datetime.now(UTC),
        actor=actor[:80],
        action=action,
        target=target[:120],
        before=before,
        after=after,
        address=address[:64],
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
