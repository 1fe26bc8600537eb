"""Alerts over HTTP: listing, filters, cursors, permissions, counts."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from alert_rows import PICTURE, START, alert, stored, walked, with_picture
from flask import Flask
from people import Login, approved_device, camera

from hub.api.schemas.alerts import Alert
from hub.settings import Settings
from hub.store import listing


def read(item: dict[str, Any]) -> Alert:
    return Alert.model_validate_json(json.dumps(item))


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
    rows = [alert(number, opened_at=START + timedelta(seconds=number), score=0.5) for number in range(1, 1200)]
    rows[3] = replace(rows[3], score=0.99)
    stored(*rows)
    stretch, listing.STRETCH = listing.STRETCH, 100
    try:
        assert walked(login(), "/api/alerts?min_score=0.9&limit=10") == [4]
        assert walked(login(name="b"), "/api/alerts?acknowledged=false&limit=200") == list(range(1199, 0, -1))
    finally:
        listing.STRETCH = stretch


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


@pytest.mark.parametrize("bucket", ["hour", "day"])
def test_counts_at_the_ends_of_all_times(app: Flask, login: Login, bucket: str) -> None:
    api = login("viewer")
    for until in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        answer = api.get(f"/api/stats/alerts?bucket={bucket}&until={until}")
        assert answer.status_code == 200
        assert {item["alerts"] for item in answer.get_json()["items"]} <= {0}


def test_counts_follow_permissions(app: Flask, login: Login) -> None:
    admin = login()
    approved_device("door")
    for _ in range(3):
        camera(admin)
    stored(*(alert(number) for number in range(1, 31)))
    span = "since=2026-10-30T00:00:00Z&until=2026-10-31T00:00:00Z&bucket=day"
    api = login("viewer", cameras=[1])
    assert api.get(f"/api/stats/alerts?{span}").get_json()["items"][0]["alerts"] == 10
    assert api.get(f"/api/stats/alerts?{span}&camera_id=2").get_json()["items"][0]["alerts"] == 0
