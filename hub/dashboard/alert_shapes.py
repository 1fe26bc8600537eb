"""A row of the alert table in the API's shape."""

from typing import Any

from hub.store.models import Alert


def shape(alert: Alert) -> dict[str, Any]:
    """One alert as GET /api/alerts/{id} has it."""
    return {
        "id": str(alert.id),
        "camera_id": alert.camera_id,
        "device_id": alert.device_id,
        "opened_at": alert.opened_at.isoformat(),
        "closed_at": alert.closed_at.isoformat() if alert.closed_at else None,
        "received_at": alert.received_at.isoformat(),
        "delayed_s": max(0.0, (alert.received_at - alert.opened_at).total_seconds()),
        "faces": alert.faces,
        "score": alert.score,
        "box": alert.box,
        "snapshot_url": f"/api/alerts/{alert.id}/snapshot" if alert.picture_length else None,
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_at": alert.acknowledged_at.isoformat() if alert.acknowledged_at else None,
        "note": alert.note,
    }
