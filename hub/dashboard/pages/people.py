"""Users and the audit log, for admins."""

from collections.abc import Mapping
from json import dumps
from typing import Any

from flask import Blueprint, Response, request

from hub.api import users as user_api
from hub.auth.guard import Principal, Role
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory, json
from hub.store import audit, users
from hub.store.models import Audit

blueprint = Blueprint("people_pages", __name__)
FILTERS = ("actor", "action", "target")
AUDIT_ROWS = 50
LONGEST = 160


@blueprint.get("/users")
@page(Role.ADMIN)
def user_list(user: Principal) -> Response:
    """Everybody who may log in."""
    everybody = [json(user_api.shown(one)) for one in users.listing()]
    cameras = list(Inventory.of(user).cameras.values())
    return shell("users.html", user, "users", users=everybody, cameras=cameras, data={"users": everybody})


@blueprint.get("/audit")
@page(Role.ADMIN)
def audit_log(user: Principal) -> Response:
    """Who changed what, newest first; filtered by the address, so that a search can be shared."""
    given = {name: request.args.get(name, "").replace("\0", "")[:120].strip() for name in FILTERS}
    below = request.args.get("below", "")
    cursor = int(below) if below.isascii() and below.isdigit() and len(below) < 16 else None
    rows = audit.page(AUDIT_ROWS + 1, cursor, **{name: value or None for name, value in given.items()})
    names = _names(user)
    shown = [_entry(row) | {"called": names.get(row.target, "")} for row in rows[:AUDIT_ROWS]]
    older = rows[AUDIT_ROWS - 1].id if len(rows) > AUDIT_ROWS else None
    values = {"entries": shown, "given": given, "filtered": any(given.values()), "older": older}
    return shell("audit.html", user, "audit", actions=audit.actions(), **values, data={})


def _names(user: Principal) -> dict[str, str]:
    """What is called how now, by how it stands in the log."""
    inventory = Inventory.of(user)
    named = {f"camera {one['id']}": str(one["name"]) for one in inventory.cameras.values()}
    named |= {f"device {one['id']}": str(one["name"]) for one in inventory.devices.values()}
    return named | {f"user {one.id}": one.username for one in users.listing()}


def _entry(row: Audit) -> dict[str, Any]:
    """An entry with what differs: name, old and new value."""
    before, after = _flat(row.before or {}), _flat(row.after or {})
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    changes = [{"name": name, "old": _said(before.get(name)), "new": _said(after.get(name))} for name in names]
    shown = {name: getattr(row, name) for name in ("at", "actor", "action", "target", "address")}
    return {**shown, "changes": changes}


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings within settings by a name of their own."""
    parts = [(name, value if isinstance(value, dict) else {"": value}) for name, value in values.items()]
    return {f"{name}.{key}" if key else name: value for name, part in parts for key, value in part.items()}


def _said(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\u2026"
