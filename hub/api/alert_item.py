"""An alert as answers and the live feed show it."""

from datetime import datetime
from typing import Any

from hub.store.alerts import AlertRow

VERSION_DIGITS = 16
_UTC = "replace(({0} AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z' AS {0}"
# What `item` makes of a row, made by PostgreSQL of its columns: for pages, which cost mostly that.
COLUMNS = f"""
    id,
    camera_id,
    device_id,
    {_UTC.format("opened_at")},
    {_UTC.format("closed_at")},
    {_UTC.format("received_at")},
    round(greatest(0, extract(epoch FROM received_at - opened_at)), 3) AS delayed_s,
    faces,
    score,
    box,
    '/api/alerts/' || id || '/snapshot?v=' || left(encode(picture_sha256, 'hex'), {VERSION_DIGITS}) AS snapshot_url,
    acknowledged_by
"""


def values(row: AlertRow) -> dict[str, Any]:
    """What is told of one alert, for `schemas.alerts.Alert`; `delayed_s`: how long it waited before the hub had it."""
    return {
        "id": row.id,
        "camera_id": row.camera_id,
        "device_id": row.device_id,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "received_at": row.received_at,
        "delayed_s": round(max(0.0, (row.received_at - row.opened_at).total_seconds()), 3),
        "faces": row.faces,
        "score": row.score,
        "box": row.box,
        "snapshot_url": f"/api/alerts/{row.id}/snapshot?v={version(row)}" if row.picture_sha256 else None,
        "acknowledged_by": row.acknowledged_by,
    }


def item(row: AlertRow) -> dict[str, Any]:
    """The same as a JSON object; times in RFC 3339 UTC."""
    return {
        **values(row),
        "id": str(row.id),
        "opened_at": rfc_3339(row.opened_at),
        "closed_at": rfc_3339(row.closed_at) if row.closed_at else None,
        "received_at": rfc_3339(row.received_at),
    }


def version(row: AlertRow) -> str:
    """What changes when the picture does."""
    return bytes(row.picture_sha256).hex()[:VERSION_DIGITS] if row.picture_sha256 else ""


def rfc_3339(moment: datetime) -> str:
    """A time of the database, which is in UTC, with Z."""
    return moment.isoformat().replace("+00:00", "Z")
