"""Settings: one's own account, one's programs, and (for admins) what the hub keeps."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from hub.api import actor
from hub.api import api_tokens as token_api
from hub.api import system as system_api
from hub.auth import scopes
from hub.auth.guard import Principal, Role
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import json
from hub.dashboard.user_agents import named
from hub.errors import NotFound
from hub.store import api_tokens, sessions
from hub.store.models import database

blueprint = Blueprint("settings_pages", __name__)
ABOUT = {
    "alerts": "Alerts and their pictures; write: acknowledge",
    "cameras": "Cameras; write: add, change, delete",
    "streams": "Live video; write: start and stop",
    "devices": "Devices and their health; write: commands, approve, revoke",
    "metrics": "Figures for Prometheus",
    "users": "Accounts",
    "audit": "Who changed what",
    "system": "The hub itself; write: what it keeps",
}


@blueprint.get("/settings")
@page()
def settings(user: Principal) -> Response:
    """Theme, password, and where one is logged in."""
    open_sessions = [
        {
            "id": session.id,
            "agent": named(session.user_agent),
            "address": session.address,
            "last_used_at": session.last_used_at,
            "current": session.id == user.session_id,
        }
        for session in sessions.of_user(user.id)
    ]
    return shell("settings.html", user, "settings", sessions=open_sessions, data={})


@blueprint.post("/settings/sessions/<uuid:session_id>/end")
@page()
def end_session(user: Principal, session_id: UUID) -> ResponseReturnValue:
    """Log oneself out somewhere else."""
    if session_id not in {session.id for session in sessions.of_user(user.id)}:
        raise NotFound("that session has ended already")
    with database.atomic():
        sessions.revoke(session_id)
        actor.record("session.end", f"session {session_id}")
    return redirect("/settings", 303)


@blueprint.get("/settings/tokens")
@page()
def tokens(user: Principal) -> Response:
    """One's API tokens; admins may look at everybody's."""
    everybody = user.role is Role.ADMIN and request.args.get("whose") == "all"
    found = [json(token_api.shown(token)) for token in api_tokens.listing(None if everybody else user.id)]
    now = datetime.now(UTC).isoformat()
    for token in found:
        token["expired"] = token["expires_at"] is not None and token["expires_at"] < now
    offered = {tag: _offered(tag, user.role) for tag in ABOUT if _offered(tag, user.role)}
    values = {"tokens": found, "everybody": everybody, "offered": offered, "about": ABOUT}
    return shell("tokens.html", user, "settings", **values, data={"tokens": found})


@blueprint.get("/settings/storage")
@page(Role.ADMIN)
def storage(user: Principal) -> Response:
    """How long alerts and pictures are kept, in how much room, and how the hub itself does."""
    system = json(system_api.shown(datetime.now(UTC)))
    values = {"limits": system_api.current_limits(), "system": system, "room": _room(system)}
    return shell("storage.html", user, "settings", **values, data={})


def _room(system: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The disk in parts: name, bytes, percent; None when nobody has said how large it is."""
    total, free = system["disk"]["total_bytes"], system["disk"]["free_bytes"]
    if not total or free is None:
        return None
    ours = {"pictures": system["pictures"]["bytes"], "database": system["database_bytes"]}
    other = max(0, total - free - sum(ours.values()))
    parts = {**ours, "everything else": other, "free": free}
    return [{"name": name, "bytes": size, "percent": 100 * size / total} for name, size in parts.items()]


def _offered(tag: str, role: Role) -> list[str]:
    """The scopes of a tag that this role has any use for."""
    return [scope for scope, least in scopes.SCOPES.items() if scope.startswith(f"{tag}:") and role.includes(least)]
