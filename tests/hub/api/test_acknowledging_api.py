"""Alerts acknowledged over HTTP: one, many, by whom, and nothing."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from alert_rows import alert, stored, walked
from flask import Flask
from people import Login, camera


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
