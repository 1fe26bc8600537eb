"""Alerts as API tests put them into the store, and listings read to their end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import cv2
import numpy as np

from hub.settings import Settings
from hub.store.partitions import Months
from hub.store.segments import SegmentWriter
from hub.store.visits import VisitRow, store_visits

START = datetime(2026, 10, 30, 12, 0, tzinfo=UTC)
PICTURE = cv2.imencode(".jpg", np.full((480, 640, 3), 90, np.uint8))[1].tobytes()


def alert(number: int, **values: Any) -> VisitRow:
    row = VisitRow(
        id=UUID(int=number),
        opened_at=START + timedelta(minutes=number),
        closed_at=None,
        received_at=START + timedelta(minutes=number, seconds=2),
        camera_id=1 + number % 3,
        device_id="door",
        faces=1,
        score=0.5 + (number % 50) / 100,
        box=(100.0, 50.0, 60.0, 80.0),
        place=None,
        picture_sha256=None,
    )
    return replace(row, **values)


def stored(*rows: VisitRow) -> None:
    Months().ensure((row.opened_at for row in rows), START)
    store_visits(rows)


def with_picture(settings: Settings, row: VisitRow, picture: bytes = PICTURE) -> VisitRow:
    (place,) = SegmentWriter(settings.data_dir / "pictures").append([picture])
    return replace(row, place=place, picture_sha256=sha256(picture).digest())


def numbers(items: list[dict[str, Any]]) -> list[int]:
    return [UUID(item["id"]).int for item in items]


def walked(api: Any, path: str) -> list[int]:
    """Every number behind a listing, page by page."""
    found, cursor = [], ""
    while True:
        page = api.get(f"{path}{'&' if '?' in path else '?'}cursor={cursor}" if cursor else path).get_json()
        found += numbers(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found
