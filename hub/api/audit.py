"""The audit log, for admins."""

from flask import Blueprint

from hub.api.operation import operation
from hub.api.schemas import audit as schemas
from hub.auth.guard import Role
from hub.store import audit

blueprint = Blueprint("audit", __name__)


@blueprint.get("/api/audit")
@operation("audit", Role.ADMIN, {200: schemas.AuditPage})
def list_audit(query: schemas.AuditQuery) -> schemas.AuditPage:
    """Who changed what, newest first."""
    wanted = {"actor": query.actor, "action": query.action, "target": query.target}
    rows = audit.page(query.limit + 1, query.cursor, **wanted)
    items = [schemas.AuditEntry.model_validate(row, from_attributes=True) for row in rows[: query.limit]]
    more = len(rows) > query.limit
    return schemas.AuditPage(items=items, next_cursor=str(items[-1].id) if more else None)
