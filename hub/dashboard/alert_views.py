"""Alerts as pages show them: the API's item with its camera's name, whether somebody is there, how late it came."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from hub.dashboard.times import duration, parsed, zoned

Shape = Mapping[str, Any]
LATE_S = 60  # static/js/alert-view.js says the same
GLOW_LONGEST = timedelta(minutes=15)


def shown(alert: Shape, cameras: Mapping[int, Shape], now: datetime) -> dict[str, Any]:
    """One alert of the API for a template; `cameras` by id, a deleted one is named by its number."""
    camera = cameras.get(alert["camera_id"])
    opened = parsed(alert["opened_at"])
    closed = parsed(alert["closed_at"]) if alert["closed_at"] else None
    return {
        **alert,
        "camera_name": camera["name"] if camera else f"Camera {alert['camera_id']} (deleted)",
        "camera_location": camera["location"] if camera else "",
        "here": closed is None and now - opened < GLOW_LONGEST,
        "delayed": f"delayed {duration(alert['delayed_s'])}" if alert["delayed_s"] >= LATE_S else "",
        "stayed_s": (closed - opened).total_seconds() if closed else None,
    }


def by_day(alerts: Iterable[Shape], now: datetime) -> list[dict[str, Any]]:
    """Alerts in their order, in groups of one day of the viewer's: `{"at": time of its first, "alerts": [...]}`."""
    days = groupby(alerts, key=lambda alert: zoned(alert["opened_at"], now).date())
    groups = [list(group) for _, group in days]
    return [{"at": group[0]["opened_at"], "alerts": group} for group in groups]
