"""How late a camera is, stage by stage from its glass: to its alert, to leaving the device, to a screen."""

from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]
STAGES = (("Alert", "glass_to_alert_ms", "the visit begins"), ("Video", "glass_to_video_ms", "it leaves the device"))


def delays(camera: Shape, health: Shape | None) -> list[dict[str, Any]]:
    """`{"to", "value", "title", "at"}` of each stage that somebody measured; `at` only where it may be old."""
    said: Shape = next((one for one in (health or {}).get("cameras", ()) if one["id"] == str(camera["id"])), {})
    rows = [_row(to, said.get(f"{name}_p50"), said.get(f"{name}_p95"), title) for to, name, title in STAGES]
    screen = camera["stream"]["screen"]
    if screen is not None:
        rows.append(_row("Screen", screen["p50_ms"], screen["p95_ms"], "it is seen, the slowest screen", screen["at"]))
    return [row for row in rows if row is not None]


def _row(to: str, p50: float | None, p95: float | None, title: str, at: str | None = None) -> dict[str, Any] | None:
    if p50 is None or p95 is None:
        return None
    value, title = f"{p50:.0f} ms, p95 {p95:.0f} ms", f"From the camera's glass until {title}"
    return {"to": to, "value": value, "title": title, "at": at}
