"""The latest picture of each camera: what pages show while nobody streams.

Looked for among the camera's newest alerts alone: where pictures are forgotten and alerts kept, a camera may have
millions of alerts without one.
"""

from typing import Any

from hub.store.models import database

NEWEST = 50
# A few steps along (camera_id, opened_at) per camera, however many alerts there are.
LATEST = f"""
SELECT wanted.id, latest.id, latest.opened_at, left(encode(latest.picture_sha256, 'hex'), 16)
FROM unnest(%s::bigint[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT id, opened_at, picture_sha256 FROM (
        SELECT id, opened_at, picture_sha256 FROM alert
        WHERE camera_id = wanted.id ORDER BY opened_at DESC, id DESC LIMIT {NEWEST}
    ) AS newest
    WHERE picture_sha256 IS NOT NULL ORDER BY opened_at DESC, id DESC LIMIT 1
) AS latest
"""


def of_cameras(camera_ids: list[int]) -> dict[int, dict[str, Any]]:
    """By camera id: `{"url": path, "taken_at": RFC 3339}`; cameras whose newest have none are left out."""
    if not camera_ids:
        return {}
    rows = database.execute_sql(LATEST, (camera_ids,)).fetchall()
    return {
        camera_id: {"url": f"/api/alerts/{alert_id}/snapshot?v={version}", "taken_at": opened_at.isoformat()}
        for camera_id, alert_id, opened_at, version in rows
    }
