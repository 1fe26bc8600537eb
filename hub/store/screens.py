"""How late pictures are on the screens that show a camera: of those that told within a quarter minute, the slowest."""

from datetime import datetime, timedelta

from hub.store.models import Camera

KEPT = timedelta(seconds=15)


def tell(camera_id: int, p50_ms: float, p95_ms: float, now: datetime) -> None:
    """One screen's figures; they stand until a slower one tells, or they are old and any does."""
    replaced = Camera.screen_at.is_null() | (Camera.screen_at <= now - KEPT) | (Camera.screen_ms_p95 <= p95_ms)
    values = {"screen_ms_p50": p50_ms, "screen_ms_p95": p95_ms, "screen_at": now}
    Camera.update(values).where(Camera.id == camera_id, replaced).execute()
