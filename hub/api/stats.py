"""Counts for charts."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint

from hub.api.operation import operation
from hub.api.schemas import stats as schemas
from hub.auth.guard import Role, current_user
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
    since = query.since or _before(until, USUAL[query.bucket])
    if (until - since) / rollup.LENGTH[query.bucket] > MOST:
        raise Invalid.field("query.since", f"more than {MOST} buckets")
    user = current_user()
    camera_ids = user.camera_ids
    if query.camera_id is not None:
        camera_ids = frozenset({query.camera_id} if user.may_see(query.camera_id) else ())
    counted = rollup.counts(query.bucket, since, until, camera_ids)
    return schemas.Stats(bucket=query.bucket, items=[schemas.Bucket(at=at, alerts=count) for at, count in counted])


def _before(moment: datetime, span: timedelta) -> datetime:
    """Not before the first day that can be told."""
    return moment - span if moment - datetime.min.replace(tzinfo=UTC) > span else datetime.min.replace(tzinfo=UTC)
