"""Alerts: listed newest first, looked at, acknowledged."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, request

from hub.api import actor, cursors, snapshot
from hub.api.alert_item import COLUMNS, values, version
from hub.api.operation import operation
from hub.api.schemas import alerts as schemas
from hub.auth.guard import Role, asked_cameras, current_user
from hub.errors import NotFound
from hub.services import services
from hub.store import alerts, listing
from hub.store.models import database

blueprint = Blueprint("alerts", __name__, url_prefix="/api/alerts")
FOR_EVER = "private, max-age=31536000, immutable"


@blueprint.get("")
@operation("alerts", Role.VIEWER, {200: schemas.AlertPage})
def list_alerts(query: schemas.AlertQuery) -> Response:
    """Alerts of the cameras that you may see, newest first; go on with `next_cursor` until it is null."""
    wanted = listing.Wanted(
        camera_ids=asked_cameras(query.camera_id),
        device_id=query.device_id,
        since=query.since,
        until=query.until,
        min_score=query.min_score,
        acknowledged=query.acknowledged,
    )
    after = cursors.position_of(query.cursor) if query.cursor else None
    page = listing.page_shown(COLUMNS, wanted, query.limit, after)
    cursor = f'"{cursors.of_position(page.next)}"' if page.next else "null"
    items = ",".join(row.text for row in page.rows)
    return Response(f'{{"items":[{items}],"next_cursor":{cursor}}}', mimetype="application/json")


@blueprint.get("/<uuid:alert_id>")
@operation("alerts", Role.VIEWER, {200: schemas.Alert}, 404)
def get_alert(alert_id: UUID) -> schemas.Alert:
    """One alert."""
    return schemas.Alert.model_validate(values(_found(alert_id)))


@blueprint.get("/<uuid:alert_id>/snapshot")
@operation("alerts", Role.VIEWER, {200: None}, 404)
def get_snapshot(alert_id: UUID, query: schemas.SnapshotQuery) -> Response:
    """The picture as JPEG; `crop=1` only the face. `v` from `snapshot_url` lets browsers keep it for ever."""
    row = _found(alert_id)
    if row.picture_sha256 is None:
        raise NotFound("this alert has no picture")
    answer = Response(mimetype="image/jpeg")
    answer.set_etag(f"{version(row)}-{query.crop}")
    answer.headers["Cache-Control"] = FOR_EVER if query.v == version(row) else "private, no-cache"
    if not request.if_none_match.contains(f"{version(row)}-{query.crop}"):
        take = snapshot.face if query.crop == "1" else snapshot.picture
        answer.set_data(take(services().pictures, row))
    else:
        answer.status_code = HTTPStatus.NOT_MODIFIED
    return answer


@blueprint.post("/<uuid:alert_id>/acknowledge")
@operation("alerts", Role.OPERATOR, {200: schemas.Alert}, 404)
def acknowledge_alert(alert_id: UUID, json: schemas.Acknowledge) -> schemas.Alert:
    """Say that you have seen to it; whoever was first stays."""
    before = _found(alert_id)
    with database.atomic():
        after = alerts.acknowledge(before, current_user().username, json.note)
        if after.ordinal != before.ordinal:
            actor.record("alert.acknowledge", f"alert {alert_id}", None, {"note": json.note})
    return schemas.Alert.model_validate(values(after))


@blueprint.post("/acknowledge")
@operation("alerts", Role.OPERATOR, {200: schemas.Acknowledged})
def acknowledge_alerts(json: schemas.AcknowledgeMany) -> schemas.Acknowledged:
    """Say so of up to 200 at once; those that somebody was first with, that are gone or not yours to see are left."""
    user = current_user()
    with database.atomic():
        ids = alerts.acknowledge_many(json.ids, user.camera_ids, user.username, json.note)
        for alert_id in ids:
            actor.record("alert.acknowledge", f"alert {alert_id}", None, {"note": json.note})
    return schemas.Acknowledged(ids=ids)


def _found(alert_id: UUID) -> alerts.AlertRow:
    row = alerts.one(alert_id)
    if row is None or not current_user().may_see(row.camera_id):
        raise NotFound(f"no alert {alert_id}")
    return row
