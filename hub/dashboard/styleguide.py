"""What the style guide shows: every icon, a camera in every state, alerts of every kind."""

import re
from datetime import datetime, timedelta
from typing import Any

from hub.dashboard.alert_views import shown
from hub.dashboard.assets import STATIC
from hub.dashboard.bars import HEIGHT, bars
from hub.dashboard.device_views import History, measures

SYMBOL = re.compile(r'<symbol id="([a-z-]+)"')
STATES = [
    ("live", "ok", "Live", ""),
    ("live", "ok", "Live, and glows: a face is there", ""),
    ("starting", "info", "Starting", ""),
    ("idle", "none", "Not streaming", ""),
    ("stopped", "none", "Stopped by anna", ""),
    ("pending", "warn", "Pending", "Starts when Front door Pi is back"),
    ("offline", "bad", "Offline", "Connection refused by 192.168.1.25:554"),
    ("device-offline", "bad", "Device offline", "Front door Pi"),
    ("frozen", "warn", "Frozen", "No new picture; joining again"),
    ("failed", "bad", "Stream failed", "The device could not publish; it tries again"),
    ("no-signal", "warn", "No signal", "Trying again"),
    ("no-device", "warn", "No device", "Choose the device that it hangs on"),
    ("disabled", "none", "Disabled", "Switched off in its settings"),
]


def samples(now: datetime, picture: str) -> dict[str, Any]:
    """The template's values; `picture` is the address of a sample snapshot."""
    glyphs = SYMBOL.findall((STATIC / "img" / "icons.svg").read_text("utf-8"))
    tiles = [_tile(index, *state) for index, state in enumerate(STATES)]
    since = now - timedelta(hours=24)
    plot = bars({since + timedelta(hours=hour): (hour * 7) % 11 for hour in range(24)}, since, now)
    shown = {"glyphs": glyphs, "tiles": tiles, "alerts": _alerts(now, picture), "plot": plot, "height": HEIGHT}
    return {**shown, "measures": _measures(now)}


def _tile(index: int, state: str, tone: str, label: str, cause: str) -> dict[str, Any]:
    face = {"state": state, "tone": tone, "label": label.partition(",")[0], "cause": cause, "since": None}
    return {"camera": {"id": -index, "name": label, "location": "House"}, "face": face}


def _alerts(now: datetime, picture: str) -> list[dict[str, Any]]:
    base = {"camera_id": 1, "device_id": "pi", "received_at": now.isoformat(), "faces": 1, "score": 0.93}
    base |= {"box": [0, 0, 1, 1], "snapshot_url": picture}
    camera = {"name": "Front door", "location": "House"}
    kinds = [
        {**_times(now, 4, None), "delayed_s": 0.3, "faces": 1, "acknowledged_by": None},
        {**_times(now, 200, 170), "delayed_s": 0.3, "faces": 3, "acknowledged_by": None},
        {**_times(now, 3000, 2970), "delayed_s": 720.0, "faces": 1, "acknowledged_by": None},
        {**_times(now, 9000, 8900), "delayed_s": 0.2, "faces": 1, "acknowledged_by": "anna"},
        {**_times(now, 12000, 11900), "delayed_s": 0.2, "faces": 1, "acknowledged_by": None, "snapshot_url": None},
    ]
    return [shown({**base, **kind}, {1: camera}, now) for kind in kinds]


def _times(now: datetime, opened_s: float, closed_s: float | None) -> dict[str, Any]:
    closed = (now - timedelta(seconds=closed_s)).isoformat() if closed_s is not None else None
    opened = (now - timedelta(seconds=opened_s)).isoformat()
    return {"id": f"sample-{opened_s}", "opened_at": opened, "closed_at": closed}


def _measures(now: datetime) -> list[dict[str, Any]]:
    """Figures of a good, a warm and a full device, with a gap in their past."""
    rows = [
        {"at": now - timedelta(minutes=30 * step), "temperature_c": 50 + step / 2, "outbox_length": 0.0}
        for step in range(47, -1, -1)
        if step not in (20, 21, 22)
    ]
    history = History(rows, (now - timedelta(days=1), now), 1800)
    health = {"temperature_c": 74.0, "cpu_percent": 31.0, "disk_free_mb": 320.0, "outbox_length": 0}
    cells = measures(health, History((), history.span, 1800), ["cpu_percent", "disk_free_mb"])
    return [*measures(health, history, ["temperature_c", "outbox_length"]), *cells]
