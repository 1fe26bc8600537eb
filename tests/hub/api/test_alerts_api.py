"""Alerts over HTTP: listing, filters, cursors, permissions, pictures, acknowledgement, counts."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest
from flask import Flask
from people import Login, camera

from hub.api.schemas.alerts import Alert
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


def read(item: dict[str, Any]) -> Alert:
    return Alert.model_validate_json(json.dumps(item))


def walked(api: Any, path: str) -> list[int]:
    """Every number behind a listing, page by page."""
    found, cursor = [], ""
    while True:
        page = api.get(f"{path}{'&' if '?' in path else '?'}cursor={cursor}" if cursor else path).get_json()
        found += numbers(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_an_item_says_what_it_should(app: Flask, login: Login, settings: Settings) -> None:
    stored(with_picture(settings, alert(1)))
    (item,) = login().get("/api/alerts").get_json()["items"]
    version = sha256(PICTURE).hexdigest()[:16]
    assert item == {
        "id": str(UUID(int=1)),
        "camera_id": 2,
        "device_id": "door",
        "opened_at": "2026-10-30T12:01:00Z",
        "closed_at": None,
        "received_at": "2026-10-30T12:01:02Z",
        "delayed_s": 2.0,
        "faces": 1,
        "score": 0.51,
        "box": [100.0, 50.0, 60.0, 80.0],
        "snapshot_url": f"/api/alerts/{UUID(int=1)}/snapshot?v={version}",
        "acknowledged_by": None,
    }


def test_a_page_says_of_each_what_is_said_of_it_alone(app: Flask, login: Login, settings: Settings) -> None:
    """PostgreSQL puts pages into words, Python single alerts: both must say the same."""
    shortly = timedelta(microseconds=120_400)
    stored(
        alert(1),
        with_picture(settings, alert(2, closed_at=START + timedelta(minutes=2) + shortly, faces=7)),
        alert(3, opened_at=START + shortly, received_at=START + timedelta(hours=5), score=1.0),
        alert(4, opened_at=START + timedelta(hours=1), received_at=START, score=1e-7),  # by a clock that is ahead
        alert(5, opened_at=datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC), box=(0.5, 1e-3, 1919.25, 1e3)),
    )
    api = login()
    api.post(f"/api/alerts/{UUID(int=1)}/acknowledge", json={})
    items = api.get("/api/alerts").get_json()["items"]
    alone = [api.get(f"/api/alerts/{item['id']}").get_json() for item in items]
    assert len(items) == 5
    assert [read(item) for item in items] == [read(item) for item in alone]


@pytest.mark.parametrize("limit", [1, 7, 50, 200])
def test_pages_show_each_alert_once_newest_first(app: Flask, login: Login, limit: int) -> None:
    stored(*(alert(number) for number in range(1, 121)))
    assert walked(login(), f"/api/alerts?limit={limit}") == list(range(120, 0, -1))


def test_alerts_of_one_instant_are_told_apart(app: Flask, login: Login) -> None:
    stored(*(alert(number, opened_at=START) for number in range(1, 30)))
    assert walked(login(), "/api/alerts?limit=4") == list(range(29, 0, -1))


def test_pages_cross_months_and_years(app: Flask, login: Login) -> None:
    rows = [alert(number, opened_at=START - timedelta(days=17 * number)) for number in range(1, 60)]
    stored(*rows)
    assert walked(login(), "/api/alerts?limit=5") == list(range(1, 60))


def test_filters(app: Flask, login: Login) -> None:
    stored(*(alert(number, device_id="gate" if number % 5 == 0 else "door") for number in range(1, 101)))
    api = login()
    every = range(100, 0, -1)

    def listed(query: str) -> list[int]:
        return walked(api, f"/api/alerts?limit=13&{query}")

    assert listed("camera_id=2") == [number for number in every if number % 3 == 1]
    assert listed("device_id=gate") == [number for number in every if number % 5 == 0]
    assert listed("camera_id=2&device_id=gate") == [number for number in every if number % 15 == 10]
    assert listed("since=2026-10-30T13:00:00Z") == list(range(100, 59, -1))
    assert listed("until=2026-10-30T13:00:00Z") == list(range(59, 0, -1))
    assert listed("since=2026-10-30T14:00:00%2B01:00&until=2026-10-30T13:02:00Z") == [61, 60]
    assert listed("min_score=0.9") == [number for number in every if number % 50 >= 40]
    assert listed("camera_id=999") == []
    assert listed("device_id=nobody") == []


def test_a_rare_score_is_found_far_back(app: Flask, login: Login) -> None:
    from hub.store import alerts

    rows = [alert(number, opened_at=START + timedelta(seconds=number), score=0.5) for number in range(1, 1200)]
    rows[3] = replace(rows[3], score=0.99)
    stored(*rows)
    stretch, alerts.STRETCH = alerts.STRETCH, 100
    try:
        assert walked(login(), "/api/alerts?min_score=0.9&limit=10") == [4]
        assert walked(login(name="b"), "/api/alerts?acknowledged=false&limit=200") == list(range(1199, 0, -1))
    finally:
        alerts.STRETCH = stretch


@pytest.mark.parametrize(
    "query",
    [
        "cursor=garbage",
        "cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "cursor=" + "A" * 200,
        "cursor=%00",
        "limit=0",
        "limit=201",
        "limit=x",
        "camera_id=0",
        "camera_id=" + "9" * 30,
        "device_id=A%20b",
        "since=yesterday",
        "since=1",
        "min_score=nan",
        "min_score=2",
        "acknowledged=perhaps",
        "colour=red",
        "limit=1&limit=2",
    ],
)
def test_bad_questions_get_a_problem(app: Flask, login: Login, query: str) -> None:
    answer = login("viewer").get(f"/api/alerts?{query}")
    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["errors"][0]["field"].startswith("query.")


def test_a_garbage_cursor_is_400(app: Flask, login: Login) -> None:
    assert login().get("/api/alerts?cursor=garbage").status_code == 400


def test_a_limited_user_sees_only_their_cameras(app: Flask, login: Login, settings: Settings) -> None:
    from people import approved_device, camera

    admin = login()
    approved_device("door")
    cameras = [camera(admin) for _ in range(3)]
    assert cameras == [1, 2, 3]
    stored(*(with_picture(settings, alert(number)) for number in range(1, 31)))
    api = login("operator", cameras=[1, 2])
    assert walked(api, "/api/alerts?limit=4") == [number for number in range(30, 0, -1) if number % 3 != 2]
    assert walked(api, "/api/alerts?camera_id=3") == []
    assert walked(api, "/api/alerts?min_score=0.7&limit=3") == [n for n in range(30, 19, -1) if n % 3 != 2]
    foreign = UUID(int=2)
    assert api.get(f"/api/alerts/{foreign}").status_code == 404
    assert api.get(f"/api/alerts/{foreign}/snapshot").status_code == 404
    assert api.post(f"/api/alerts/{foreign}/acknowledge", json={}).status_code == 404
    assert api.get(f"/api/alerts/{UUID(int=1)}").status_code == 200
    nobody = login("viewer", cameras=[], name="nobody")
    assert walked(nobody, "/api/alerts") == []


def test_the_picture_and_its_caching(app: Flask, login: Login, settings: Settings) -> None:
    stored(with_picture(settings, alert(1)), alert(2))
    api = login("viewer")
    item = api.get(f"/api/alerts/{UUID(int=1)}").get_json()
    answer = api.get(item["snapshot_url"])
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/jpeg", PICTURE)
    assert "immutable" in answer.headers["Cache-Control"]
    assert "private" in answer.headers["Cache-Control"]
    bare = api.get(f"/api/alerts/{UUID(int=1)}/snapshot")
    assert "no-cache" in bare.headers["Cache-Control"]
    again = api.get(item["snapshot_url"], headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert api.get(f"/api/alerts/{UUID(int=2)}/snapshot").status_code == 404
    assert api.get(f"/api/alerts/{UUID(int=2)}").get_json()["snapshot_url"] is None


def test_the_crop_shows_the_face_with_a_margin(app: Flask, login: Login, settings: Settings) -> None:
    stored(with_picture(settings, alert(1)))
    answer = login("viewer").get(f"/api/alerts/{UUID(int=1)}/snapshot?crop=1")
    cut = cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_COLOR)
    assert cut.shape[:2] == (144, 124)
    assert (
        answer.headers["ETag"] != login("viewer", name="c").get(f"/api/alerts/{UUID(int=1)}/snapshot").headers["ETag"]
    )


def test_a_damaged_picture_is_not_shown(app: Flask, login: Login, settings: Settings) -> None:
    stored(with_picture(settings, alert(1)))
    path = Path(settings.data_dir / "pictures/000001.seg")
    path.write_bytes(b"\0" * path.stat().st_size)
    answer = login("viewer").get(f"/api/alerts/{UUID(int=1)}/snapshot")
    assert answer.status_code == 404
    assert "damaged" in answer.get_json()["detail"]
    path.unlink()
    assert login("viewer", name="b").get(f"/api/alerts/{UUID(int=1)}/snapshot").status_code == 404


def test_acknowledging(app: Flask, login: Login) -> None:
    stored(*(alert(number) for number in range(1, 11)))
    path = f"/api/alerts/{UUID(int=3)}/acknowledge"
    assert login("viewer").post(path, json={}).status_code == 403
    operator = login("operator", name="olga")
    assert operator.post(path, json={"note": "the postman"}).get_json()["acknowledged_by"] == "olga"
    assert login("admin").post(path, json={}).get_json()["acknowledged_by"] == "olga"
    assert walked(operator, "/api/alerts?acknowledged=true") == [3]
    assert walked(operator, "/api/alerts?acknowledged=false") == [10, 9, 8, 7, 6, 5, 4, 2, 1]
    entries = login("admin", name="b").get("/api/audit?action=alert.acknowledge").get_json()["items"]
    assert [(entry["actor"], entry["target"]) for entry in entries] == [("olga", f"alert {UUID(int=3)}")]
    assert operator.post(f"/api/alerts/{uuid4()}/acknowledge", json={}).status_code == 404


def test_strangers_get_nothing(app: Flask) -> None:
    client = app.test_client()
    for path in ("/api/alerts", f"/api/alerts/{uuid4()}", f"/api/alerts/{uuid4()}/snapshot", "/api/stats/alerts"):
        assert client.get(path).status_code == 401


def test_counts_by_hour_and_day(app: Flask, login: Login) -> None:
    stored(*(alert(number) for number in range(1, 121)))
    api = login("viewer")
    hours = api.get("/api/stats/alerts?since=2026-10-30T11:30:00Z&until=2026-10-30T15:00:00Z").get_json()
    assert [(item["at"], item["alerts"]) for item in hours["items"]] == [
        ("2026-10-30T11:00:00Z", 0),
        ("2026-10-30T12:00:00Z", 59),
        ("2026-10-30T13:00:00Z", 60),
        ("2026-10-30T14:00:00Z", 1),
    ]
    days = api.get("/api/stats/alerts?bucket=day&since=2026-10-29T00:00:00Z&until=2026-10-31T00:00:00Z&camera_id=2")
    assert [item["alerts"] for item in days.get_json()["items"]] == [0, 40]
    assert api.get("/api/stats/alerts?since=1999-01-01T00:00:00Z").status_code == 422
    assert len(api.get("/api/stats/alerts?bucket=day").get_json()["items"]) == 31


def test_counts_follow_permissions(app: Flask, login: Login) -> None:
    from people import approved_device, camera

    admin = login()
    approved_device("door")
    for _ in range(3):
        camera(admin)
    stored(*(alert(number) for number in range(1, 31)))
    span = "since=2026-10-30T00:00:00Z&until=2026-10-31T00:00:00Z&bucket=day"
    api = login("viewer", cameras=[1])
    assert api.get(f"/api/stats/alerts?{span}").get_json()["items"][0]["alerts"] == 10
    assert api.get(f"/api/stats/alerts?{span}&camera_id=2").get_json()["items"][0]["alerts"] == 0


def test_acknowledging_many(app: Flask, login: Login) -> None:
    stored(*(alert(number) for number in range(6)))
    admin = login()
    camera_id = camera(admin)
    operator, limited = login("operator"), login("operator", [camera_id])
    first = operator.post("/api/alerts/acknowledge", json={"ids": [str(UUID(int=0)), str(UUID(int=99))], "note": "x"})
    assert first.get_json() == {"ids": [str(UUID(int=0))]}
    rest = [str(UUID(int=number)) for number in range(6)]
    theirs = limited.post("/api/alerts/acknowledge", json={"ids": rest}).get_json()["ids"]
    of_theirs = [str(UUID(int=number)) for number in range(1, 6) if 1 + number % 3 == camera_id]
    assert theirs == of_theirs, "not what other cameras saw, nor what somebody was first with"
    others = operator.post("/api/alerts/acknowledge", json={"ids": rest}).get_json()["ids"]
    assert sorted(others + theirs) == rest[1:]
    assert admin.get("/api/alerts?acknowledged=false").get_json()["items"] == []


@pytest.mark.parametrize("body", [{}, {"ids": []}, {"ids": ["x"]}, {"ids": [str(UUID(int=1))] * 201}])
def test_acknowledging_nothing_or_too_much(app: Flask, login: Login, body: dict[str, Any]) -> None:
    assert login("operator").post("/api/alerts/acknowledge", json=body).status_code == 422


def test_viewers_acknowledge_nothing(app: Flask, login: Login) -> None:
    assert login("viewer").post("/api/alerts/acknowledge", json={"ids": [str(UUID(int=1))]}).status_code == 403
