"""Devices as pages show them: their cameras, what waits to be applied, and their measurements with a verdict."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.dashboard.sparklines import Spark, spark
from hub.dashboard.times import duration
from hub.fleet import device_id

Shape = Mapping[str, Any]
LIMITS = {"temperature_c": (70, 80), "cpu_percent": (80, 95), "outbox_length": (1, 100), "inference_ms": (50, 200)}
DISK_MB = (2000, 500)
LABELS = {
    "temperature_c": "Temperature",
    "cpu_percent": "Processor",
    "inference_ms": "One look",
    "outbox_length": "Waiting alerts",
    "disk_free_mb": "Disk free",
    "lag_ms": "Lag",
    "glass_to_alert_ms": "Face to alert, p95",
    "memory_mb": "Memory",
}
GIVEN_UP = (
    ("pictures_shrunk", "halved", "picture"),
    ("pictures_dropped", "dropped", "picture"),
    ("visits_dropped", "lost", "visit"),
)
IN_LISTS = tuple(LABELS)[:6]
TONES = {"online": "ok", "offline": "bad", "unknown": "warn", "new": "info"}
CHIPS = {"online": "Online", "offline": "Offline", "unknown": "Unknown", "new": "Not seen yet"}


@dataclass(frozen=True, slots=True)
class History:
    """The figures of a span of time, one row for every `step_s` that has any."""

    rows: Sequence[Shape]
    span: tuple[datetime, datetime]
    step_s: int


def shown(device: Shape, cameras: Iterable[Shape], presence: Any, tested: Iterable[Shape] = ()) -> dict[str, Any]:
    """One device of the API for a template.

    `presence` as hub.fleet.device_condition has it, None if not approved; `tested`: the parts of its self-test.
    """
    behind = device["desired_revision"] - device["reported_revision"]
    theirs = [camera for camera in cameras if camera["device_id"] == device["id"]]
    names = {f"camera {camera['id']}": camera["name"] for camera in theirs}
    checks = [{**check, "part": names.get(check["part"], check["part"])} for check in tested]
    return {
        **device,
        "cameras": theirs,
        "checks": checks,
        "pending_text": f"{behind} not applied yet" if device["online"] else f"{behind} wait for it to return",
        "numbered": device_id.numbered(device["id"], device["name"]),
        "presence": presence,
        "chip": {"label": CHIPS[presence.state], "tone": TONES[presence.state]} if presence else None,
        "red": [check["part"] for check in checks if not check["ok"]],
    }


def measures(health: Shape | None, history: History, names: Sequence[str] = tuple(LABELS)) -> list[dict[str, Any]]:
    """The figures with their plots: name, label, value with its unit, tone (empty, warn or bad), plot and its range."""
    now = latest(health) if health else {}
    plots = {name: spark(history.rows, name, history.span, history.step_s) for name in names}
    cells = [_measure(name, now.get(name), plots[name]) for name in names if now.get(name) is not None or plots[name]]
    for cell in cells:
        if cell["name"] == "outbox_length" and now["outbox_length"] and health:
            cell["value"] += f", {duration(health.get('outbox_oldest_s') or 0)}"
    return cells


def latest(health: Shape) -> dict[str, float | None]:
    """What a device said last, the worst of its cameras standing for it."""
    cameras = health.get("cameras", ())
    worst = {
        name: max((value for camera in cameras if (value := camera.get(key)) is not None), default=None)
        for name, key in (
            ("inference_ms", "inference_ms"),
            ("lag_ms", "lag_ms"),
            ("glass_to_alert_ms", "glass_to_alert_ms_p95"),
        )
    }
    return {name: worst[name] if name in worst else health.get(name) for name in LABELS}


def said(name: str, value: float) -> str:
    """A figure with its unit."""
    if name == "disk_free_mb":
        return f"{value / 1000:.1f} GB" if value >= 1000 else f"{value:.0f} MB"
    unit = {"temperature_c": "\u00b0C", "cpu_percent": "%", "memory_mb": "MB", "outbox_length": ""}.get(name, "ms")
    digits = 1 if name == "inference_ms" and value < 100 else 0
    return f"{value:.{digits}f} {unit}".rstrip()


def tone(name: str, value: float) -> str:
    """Empty, warn or bad."""
    if name == "disk_free_mb":
        warn, bad = DISK_MB
        return "bad" if value < bad else "warn" if value < warn else ""
    warn, bad = LIMITS.get(name, (sys.maxsize, sys.maxsize))
    return "bad" if value >= bad else "warn" if value >= warn else ""


def uptime(health: Shape | None) -> str:
    """How long its program runs, empty when it has not said."""
    return duration(health["uptime_s"]) if health and health.get("uptime_s") is not None else ""


def given_up(health: Shape | None) -> str:
    """What the outbox halved or gave up for want of room, as words; empty when it kept all."""
    found = [(did, (health or {}).get(field) or 0, what) for field, did, what in GIVEN_UP]
    return ", ".join(f"{did} {count:,} {what}{'' if count == 1 else 's'}" for did, count, what in found if count)


def _measure(name: str, value: float | None, plot: Spark | None) -> dict[str, Any]:
    """A figure and what it was `between`, which is left out where it says the same."""
    now, between = said(name, value) if value is not None else "", ""
    if plot:
        low, high = said(name, plot.low), said(name, plot.high)
        between = f"{low} to {high}" if low != high else low if low != now else ""
    cell: dict[str, Any] = {"name": name, "label": LABELS[name], "plot": plot, "between": between}
    if value is None:
        return {**cell, "value": "\u2013", "tone": ""}
    return {**cell, "value": now, "tone": tone(name, value)}
