"""Devices as pages show them: their cameras, what waits to be applied, and their measurements with a verdict."""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.dashboard.times import duration

Shape = Mapping[str, Any]
LIMITS = {"temperature_c": (70, 80), "cpu_percent": (80, 95), "outbox_length": (1, 100), "inference_ms": (50, 200)}
DISK_MB = (2000, 500)


def shown(device: Shape, cameras: Iterable[Shape], health: Shape | None, health_at: object = None) -> dict[str, Any]:
    """One device of the API for a template."""
    behind = device["desired_revision"] - device["reported_revision"]
    return {
        **device,
        "cameras": [camera for camera in cameras if camera["device_id"] == device["id"]],
        "pending_text": f"{behind} not applied yet" if device["online"] else f"{behind} wait for it to return",
        "measures": measures(health) if health else [],
        "health_at": health_at,
    }


def measures(health: Shape) -> list[dict[str, str]]:
    """The cells of a health table: name, label, value with its unit, and tone (empty, warn or bad)."""
    looks = [camera["inference_ms"] for camera in health.get("cameras", ()) if camera.get("inference_ms") is not None]
    lags = [lag for camera in health.get("cameras", ()) if (lag := camera.get("glass_to_alert_ms_p95")) is not None]
    waiting = health.get("outbox_length")
    oldest = health.get("outbox_oldest_s") or 0
    cells = [
        _cell("temperature_c", "Temperature", health.get("temperature_c"), "{:.0f} °C"),
        _cell("cpu_percent", "CPU", health.get("cpu_percent"), "{:.0f} %"),
        _cell("memory_mb", "Memory", health.get("memory_mb"), "{:.0f} MB"),
        _cell("inference_ms", "One look", max(looks, default=None), "{:.1f} ms"),
        _cell("glass_to_alert", "Face to alert, p95", max(lags, default=None), "{:.0f} ms"),
        _cell("outbox_length", "Waiting alerts", waiting, "{}" + (f", {duration(oldest)}" if waiting else "")),
        _disk(health.get("disk_free_mb")),
        _cell("uptime_s", "Up for", health.get("uptime_s"), None),
    ]
    throttled = [{"name": "throttled", "label": "Power", "value": "throttled", "tone": "bad"}]
    return [cell for cell in cells if cell] + (throttled if health.get("throttled") else [])


def _cell(name: str, label: str, value: float | None, form: str | None) -> dict[str, str]:
    if value is None:
        return {}
    warn, bad = LIMITS.get(name, (float("inf"), float("inf")))
    tone = "bad" if value >= bad else "warn" if value >= warn else ""
    return {"name": name, "label": label, "value": form.format(value) if form else duration(value), "tone": tone}


def _disk(free_mb: float | None) -> dict[str, str]:
    if free_mb is None:
        return {}
    warn, bad = DISK_MB
    value = f"{free_mb / 1000:.1f} GB" if free_mb >= 1000 else f"{free_mb:.0f} MB"
    tone = "bad" if free_mb < bad else "warn" if free_mb < warn else ""
    return {"name": "disk_free_mb", "label": "Disk free", "value": value, "tone": tone}
