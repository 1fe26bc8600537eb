"""The pages over HTTP: who sees which, that nothing hostile becomes markup, and odd addresses."""

import gzip
import re
from dataclasses import replace
from uuid import UUID

import pytest
from dashboard_visitor import NOW, LogIn, alert, camera
from flask import Flask
from flask.testing import FlaskClient
from people import approved_device

from hub.settings import Settings
from hub.store import segments

HOSTILE = "<script>alert(1)</script>\"'&"
PAGES = ["/", "/alerts", "/cameras", "/devices", "/overview", "/settings", "/styleguide"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_an_empty_hub(log_in: LogIn, path: str) -> None:
    answer = log_in("viewer").get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_pages_are_compressed_only_where_nobody_else_chose_their_text(log_in: LogIn) -> None:
    client, headers = log_in(), {"Accept-Encoding": "gzip"}
    page = client.get("/", headers=headers)
    assert "<title>Live" in gzip.decompress(page.data).decode()
    assert "Content-Encoding" not in client.get("/alerts?location=x", headers=headers).headers


@pytest.mark.parametrize("path", [*PAGES, "/users", "/cameras/new"])
def test_strangers_are_sent_to_the_log_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/login?next=")


@pytest.mark.parametrize("path", ["/users", "/cameras/new", "/settings/storage", "/audit", "/setup"])
def test_pages_for_admins(log_in: LogIn, path: str) -> None:
    answer = log_in("operator").get(path)
    assert answer.status_code == 403
    assert "This page is for the role admin" in answer.text


def test_limited_users_see_their_cameras_only(app: Flask, log_in: LogIn) -> None:
    mine, other = camera(app, "Mine"), camera(app, "Other")
    seen, unseen = alert(mine), alert(other)
    client = log_in("viewer", [mine])
    for path in ("/", "/alerts", "/cameras", "/overview"):
        page = client.get(path).text
        assert "Other" not in page
        assert str(unseen) not in page
    assert str(unseen) not in client.get(f"/alerts?camera_id={other}").text
    assert client.get(f"/alerts/{seen}").status_code == 200
    assert client.get(f"/alerts/{unseen}").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_who_may_not_change_a_camera_comes_to_its_picture(app: Flask, log_in: LogIn, role: str) -> None:
    mine, other = camera(app, "Mine"), camera(app, "Other")
    client = log_in(role, [mine])
    for path in ("/cameras", "/overview"):
        assert f'href="/cameras/{mine}"' in client.get(path).text
    answer = client.get(f"/cameras/{mine}")
    assert (answer.status_code, answer.location) == (303, f"/?camera={mine}")
    assert client.get(f"/cameras/{other}").status_code == 404


def test_limited_users_get_figures_of_their_cameras_only(app: Flask, log_in: LogIn) -> None:
    told = [
        {"id": "1", "inference_ms": 11.0, "lag_ms": 12.0, "glass_to_alert_ms_p95": 213.0},
        {"id": "2", "inference_ms": 614.0, "lag_ms": 715.0, "glass_to_alert_ms_p95": 816.0},
    ]
    approved_device("pi", online=True, online_since=NOW, health={"cameras": told}, health_at=NOW)
    mine, other = camera(app, "Mine", device="pi"), camera(app, "Other", device="pi")
    assert [mine, other] == [1, 2]
    client, admin = log_in("viewer", [mine]), log_in("admin")
    for path, seen, hidden in [
        ("/overview", ["213"], ["816"]),
        ("/devices", ["11.0 ms"], ["614"]),
        ("/devices/pi", ["11.0 ms", "12 ms", "213 ms"], ["614", "715", "816"]),
    ]:
        page = client.get(path).text
        assert all(f">{figure}" in page for figure in seen), path
        assert not any(f">{figure}" in page for figure in hidden), path
        assert any(f">{figure}" in admin.get(path).text for figure in hidden), path


def test_nothing_hostile_becomes_markup(app: Flask, log_in: LogIn) -> None:
    approved_device("pi", name=HOSTILE)
    camera_id = camera(app, HOSTILE, location=HOSTILE, device="pi", state_reason=HOSTILE)
    alert_id = alert(camera_id)
    client = log_in()
    for path in [
        *PAGES,
        f"/cameras/{camera_id}",
        f"/alerts/{alert_id}",
        f"/alerts?location={HOSTILE}",
        f"/login?next={HOSTILE}",
    ]:
        assert "<script>alert" not in client.get(path).text, path


def test_who_asks_with_a_name_that_is_taken_is_told_apart(log_in: LogIn) -> None:
    approved_device("front-door", name="Front door")
    approved_device("front-door-2", name="Front door", state="pending", approved_at=None)
    approved_device("gate-2", name="Gate 2", state="pending", approved_at=None)
    page = log_in().get("/devices").text
    assert re.findall(r"The name is taken: this one will be <code class=\"mono\">([^<]+)<", page) == ["front-door-2"]


def test_no_page_tells_a_cameras_password(app: Flask, log_in: LogIn) -> None:
    camera_id = camera(app)
    client = log_in()
    for path in [*PAGES, f"/cameras/{camera_id}"]:
        page = client.get(path).text
        assert "s3cret" not in page
        assert "k3y" not in page


def test_the_latest_picture_of_a_camera(app: Flask, log_in: LogIn) -> None:
    camera_id = camera(app)
    place = segments.Place(1, 0, 10)
    shown = alert(camera_id, 2, place=place, picture_sha256=b"x" * 32)
    alert(camera_id, 1)
    assert f'src="/api/alerts/{shown}/snapshot?v={"78" * 8}"' in log_in("viewer").get("/").text


@pytest.mark.parametrize(
    "path", ["/nope", "/alerts/nope", "/cameras/0", f"/cameras/{'9' * 30}", f"/alerts/{UUID(int=7)}", "/cameras/77"]
)
def test_addresses_that_lead_nowhere(log_in: LogIn, path: str) -> None:
    answer = log_in().get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


def test_without_a_database_people_get_a_page_that_tries_again(settings: Settings) -> None:
    from hub.web import create_app

    app = create_app(replace(settings, database_url="postgresql://nobody@127.0.0.1:1/nowhere"))
    answer = app.test_client().get("/login")
    assert (answer.status_code, answer.mimetype, answer.headers["Refresh"]) == (503, "text/html", "5")
    assert "nowhere" not in answer.text


def test_programs_get_a_problem(client: FlaskClient) -> None:
    answer = client.get("/api/nope", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
