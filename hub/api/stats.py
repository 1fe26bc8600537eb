"""Counts for charts."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint

from hub.api.operation import operation
from hub.api.schemas import stats as schemas
from hub.api.spans import before
from hub.auth.guard import Role, asked_cameras
from hub.errors import Invalid
from hub.store import rollup

blueprint = Blueprint("stats", __name__, url_prefix="/api/stats")
USUAL: dict[rollup.Bucket, timedelta] = {"hour": timedelta(days=1), "day": timedelta(days=30)}
MOST = 3000


@blueprint.get("/alerts")
@operation("alerts", Role.VIEWER, {200: schemas.Stats})
def alert_stats(query: schemas.StatsQuery) -> schemas.Stats:
    """How many alerts in each hour or day (UTC), of the cameras that you may see; at most 3000 buckets."""
    until = query.until or datetime.now(UTC)
    since = query.since or before(until, USUAL[query.bucket])
    if (until - since) / rollup.LENGTH[query.bucket] > MOST:
        raise Invalid.field("query.since", f"more than {MOST} buckets")
    counted = rollup.counts(query.bucket, since, until, asked_cameras(query.camera_id))
    return schemas.Stats(bucket=query.bucket, items=[schemas.Bucket(at=at, alerts=count) for at, count in counted])
