"""Who is written into the audit log for the request at hand."""

from typing import Any

from flask import request

from hub.auth.guard import current_user
from hub.store import audit


def record(action: str, target: str, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> None:
    """Add what the user at hand changes, within the transaction that changes it."""
    user = current_user()
    audit.record(user.username, action, target, before, after, audit.Origin(address(), user.token_name))


def record_as(actor: str, action: str, target: str, after: dict[str, Any] | None = None) -> None:
    """The same for somebody without a session yet: a login, a device that enrols."""
    audit.record(actor, action, target, None, after, audit.Origin(address()))


def address() -> str:
    """Where the request comes from."""
    return request.remote_addr or ""
