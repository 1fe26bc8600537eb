"""The pages over HTTP: who gets in, what they see, and that nothing hostile becomes markup."""

import csv
import gzip
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from peewee import PostgresqlDatabase
from people import PASSWORD, account, approved_device
from werkzeug.test import TestResponse

from hub.services import EXTENSION
from hub.settings import Settings
from hub.store import cameras, segments, visits
from hub.store.models import Alert
from hub.store.visits import VisitRow

HOSTILE = "<script>alert(1)</script>\"'&"
PAGES = ["/", "/alerts", "/cameras", "/devices", "/overview", "/settings", "/styleguide"]
NOW = datetime.now(UTC)
LogIn = Callable[..., FlaskClient]


def post(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form as the page served it, its hidden token included."""
    page = client.get(path).text
    token = re.search(r'name="csrf_token" value="([^"]*)"', page)
    assert token
    return client.post(path, data={"csrf_token": token[1], **fields})


@pytest.fixture
def log_in(app: Flask) -> LogIn:
    def browser(role: str = "admin", camera_ids: list[int] | None = None) -> FlaskClient:
        account(app, f"some-{role}", role, camera_ids)
        client = app.test_client()
        assert post(client, "/login", username=f"some-{role}", password=PASSWORD).status_code == 303
        return client

    return browser


def camera(app: Flask, name: str = "Door", **values: Any) -> int:
    sealed = app.extensions[EXTENSION].sealer.seal("rtsp://ann:s3cret@cam/1?key=k3y")
    return cameras.insert({"name": name, "source_url_sealed": sealed, "settings": {}, **values})


def alert(camera_id: int, minutes_ago: float = 1, **values: Any) -> UUID:
    opened = NOW - timedelta(minutes=minutes_ago)
    row = VisitRow(uuid4(), opened, opened, opened, camera_id, "pi", 1, 0.9, (1, 2, 3, 4), None, None)
    visits.store_visits([replace(row, **values)])
    return row.id


# --- getting in


def test_a_new_hub_asks_for_its_first_account(client: FlaskClient) -> None:
    assert client.get("/").location == "/login?next=%2F"
    assert client.get("/login").location == "/welcome"
    assert post(client, "/welcome", username="anna", password=PASSWORD).location == "/setup"
    assert "No cameras yet" in client.get("/").text
    assert client.get("/welcome").location == "/login"


def test_the_first_account_keeps_to_the_rules(client: FlaskClient) -> None:
    answer = post(client, "/welcome", username="an na", password="short")
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2
    assert 'value="an na"' in answer.text


def test_no_first_account_where_sign_up_is_closed(settings: Settings, database: PostgresqlDatabase) -> None:
    from hub.web import create_app

    client = create_app(replace(settings, signup="closed")).test_client()
    assert client.get("/welcome").location == "/login"
    assert client.get("/login").status_code == 200


def test_a_wrong_password_keeps_the_name(app: Flask, client: FlaskClient) -> None:
    account(app, "anna", "viewer")
    answer = post(client, "/login", username="anna", password="wrong")
    assert answer.status_code == 401
    assert "User name or password is wrong." in answer.text
    assert 'value="anna"' in answer.text
    assert "wrong" not in re.findall(r'<input[^>]*type="password"[^>]*>', answer.text)[0]


def test_too_many_tries_are_told(app: Flask, client: FlaskClient) -> None:
    account(app, "anna", "viewer")
    answers = [post(client, "/login", username="anna", password=f"wrong{n}").status_code for n in range(40)]
    assert answers[-1] == 429


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_never_sent_to_another_site(app: Flask, client: FlaskClient, target: str) -> None:
    account(app, "anna", "viewer")
    assert post(client, "/login", username="anna", password=PASSWORD, next=target).location == "/"


def test_back_to_where_one_wanted(app: Flask, client: FlaskClient) -> None:
    account(app, "anna", "viewer")
    wanted = client.get("/alerts?camera_id=3").location
    assert wanted == "/login?next=%2Falerts%3Fcamera_id%3D3"
    answer = post(client, "/login", username="anna", password=PASSWORD, next="/alerts?camera_id=3")
    assert answer.location == "/alerts?camera_id=3"


@pytest.mark.parametrize("path", ["/login", "/welcome"])
def test_forms_of_other_sites_do_nothing(client: FlaskClient, path: str) -> None:
    client.get(path)
    answer = client.post(path, data={"username": "eve", "password": PASSWORD, "csrf_token": "made-up"})
    assert answer.status_code == 400
    assert client.get("/login").location == "/welcome"


def test_logging_out_needs_the_form(log_in: LogIn) -> None:
    client = log_in()
    client.post("/logout")
    token = client.get_cookie("csrf_access_token")
    assert token is None, "cookies are gone either way"


def test_logging_out_ends_the_session(app: Flask, log_in: LogIn) -> None:
    client, stolen = log_in(), app.test_client()
    cookie = client.get_cookie(app.extensions[EXTENSION].cookies.access)
    assert cookie
    stolen.set_cookie(cookie.key, cookie.value)
    assert stolen.get("/").status_code == 200
    token = client.get_cookie("csrf_access_token")
    assert token
    client.post("/logout", data={"csrf_token": token.value})
    assert stolen.get("/").status_code == 303


# --- seeing


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


def test_no_page_tells_a_cameras_password(app: Flask, log_in: LogIn) -> None:
    camera_id = camera(app)
    client = log_in()
    for path in [*PAGES, f"/cameras/{camera_id}"]:
        page = client.get(path).text
        assert "s3cret" not in page
        assert "k3y" not in page


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


def test_the_list_works_without_scripts(app: Flask, log_in: LogIn) -> None:
    camera_id = camera(app)
    ids = [alert(camera_id, minutes) for minutes in range(130)]
    client, seen, path = log_in("viewer"), [], "/alerts"
    while path:
        page = client.get(path).text
        seen += [UUID(found) for found in re.findall(r'<li class="shot" data-alert="([0-9a-f-]+)"', page)]
        more = re.search(r'<a class="btn" href="([^"]+)" rel="next"', page)
        path = more[1].replace("&amp;", "&") if more else ""
    assert seen == ids


def test_filters(app: Flask, log_in: LogIn) -> None:
    house, office = camera(app, "One", location="House"), camera(app, "Two", location="Office")
    good = alert(house, score=0.95)
    alert(house, score=0.5)
    alert(office, score=0.95)
    page = log_in("viewer").get("/alerts?location=House&min_score=0.9&acknowledged=false").text
    assert re.findall(r'<li class="shot" data-alert="([0-9a-f-]+)"', page) == [str(good)]


def test_newer_and_older_stay_within_the_filter(app: Flask, log_in: LogIn) -> None:
    here, there = camera(app, "Here"), camera(app, "There")
    first, _, third = alert(here, 3), alert(there, 2), alert(here, 1)
    page = log_in("viewer").get(f"/alerts/{third}?camera_id={here}").text
    assert f'href="/alerts/{first}?camera_id={here}" rel="next"' in page
    assert 'rel="prev"' not in page


def test_acknowledging_without_scripts(app: Flask, log_in: LogIn) -> None:
    alert_id = alert(camera(app))
    client = log_in("operator")
    answer = post(client, f"/alerts/{alert_id}", note="Postman")
    assert answer.location == f"/alerts/{alert_id}"
    kept = Alert.get(Alert.id == alert_id)
    assert (kept.acknowledged_by, kept.note) == ("some-operator", "Postman")
    assert "Postman" in client.get(f"/alerts/{alert_id}").text


def test_acknowledging_and_going_on(app: Flask, log_in: LogIn) -> None:
    camera_id = camera(app)
    older, newer = alert(camera_id, 2), alert(camera_id, 1)
    client = log_in("operator")
    answer = post(client, f"/alerts/{newer}?camera_id={camera_id}", on="")
    assert answer.location == f"/alerts/{older}?camera_id={camera_id}"
    assert post(client, f"/alerts/{older}", on="").location == "/alerts"
    assert Alert.get(Alert.id == older).acknowledged_by == "some-operator"


def test_the_list_as_files(app: Flask, log_in: LogIn) -> None:
    house, office = camera(app, "=cmd|' /C calc'!A0", location='a "place", here'), camera(app, "Office")
    ids = [alert(house, minutes) for minutes in range(3)]
    alert(office)
    client = log_in("operator")
    post(client, f"/alerts/{ids[1]}", note="+49 Postman")
    answer = client.get(f"/alerts/export.csv?camera_id={house}")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="watchpost-alerts-')
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [UUID(line["id"]) for line in lines] == ids
    assert (lines[0]["camera"], lines[0]["place"]) == ("'=cmd|' /C calc'!A0", 'a "place", here')
    assert (lines[1]["acknowledged_by"], lines[1]["note"]) == ("some-operator", "'+49 Postman")
    assert lines[1]["acknowledged_at"].endswith("Z")
    found = client.get(f"/alerts/export.json?camera_id={house}&acknowledged=true").get_json()
    assert [(one["id"], one["note"], one["camera_id"]) for one in found] == [(str(ids[1]), "+49 Postman", house)]
    assert client.get("/alerts/export.json?camera_id=77").get_json() == []
    assert log_in("viewer", [office]).get(f"/alerts/export.json?camera_id={house}").get_json() == []


def test_long_lists_are_exported_whole(app: Flask, log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.dashboard.pages.export.AT_ONCE", 7)
    ids = [alert(camera(app), minutes) for minutes in range(20)]
    assert [UUID(one["id"]) for one in log_in("viewer").get("/alerts/export.json").get_json()] == ids


def test_how_many_there_are(app: Flask, log_in: LogIn) -> None:
    camera_id = camera(app)
    for minutes in range(70):
        alert(camera_id, minutes)
    client = log_in("viewer")
    assert "70 visits" in client.get("/alerts").text
    assert "The latest 60 visits" in client.get("/alerts?min_score=0.5").text


def test_viewers_do_not_acknowledge(app: Flask, log_in: LogIn) -> None:
    alert_id = alert(camera(app))
    client = log_in("viewer")
    assert "<textarea" not in client.get(f"/alerts/{alert_id}").text
    token = client.get_cookie("csrf_access_token")
    assert token
    assert client.post(f"/alerts/{alert_id}", data={"csrf_token": token.value}).status_code == 403


def test_an_acknowledgement_from_another_site_does_nothing(app: Flask, log_in: LogIn) -> None:
    alert_id = alert(camera(app))
    client = log_in("operator")
    assert client.post(f"/alerts/{alert_id}", data={"note": "x"}).location.startswith("/login")
    assert Alert.get(Alert.id == alert_id).acknowledged_by is None


def test_the_latest_picture_of_a_camera(app: Flask, log_in: LogIn) -> None:
    camera_id = camera(app)
    place = segments.Place(1, 0, 10)
    shown = alert(camera_id, 2, place=place, picture_sha256=b"x" * 32)
    alert(camera_id, 1)
    assert f'src="/api/alerts/{shown}/snapshot?v={"78" * 8}"' in log_in("viewer").get("/").text


# --- one's own sessions


def test_ending_another_session(app: Flask, log_in: LogIn) -> None:
    client, other = log_in(), app.test_client()
    assert post(other, "/login", username="some-admin", password=PASSWORD).status_code == 303
    page = client.get("/settings").text
    target = re.search(r'action="(/settings/sessions/[0-9a-f-]+/end)"', page)
    token = re.search(r'name="csrf_token" value="([^"]*)"', page)
    assert target
    assert token
    assert client.post(target[1], data={"csrf_token": token[1]}).location == "/settings"
    assert other.get("/").status_code == 303
    assert client.get("/").status_code == 200


def test_ending_a_foreign_session(app: Flask, log_in: LogIn) -> None:
    viewer, admin = log_in("viewer"), log_in("admin")
    token = admin.get_cookie("csrf_access_token")
    assert token
    assert admin.post(f"/settings/sessions/{uuid4()}/end", data={"csrf_token": token.value}).status_code == 404
    assert viewer.get("/").status_code == 200


# --- odd addresses


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


@pytest.mark.parametrize("query", ["since=%00", "location=%00&camera_id=1", "cursor=x", "cursor=%00", "min_score=nan"])
def test_odd_queries_are_no_errors(log_in: LogIn, query: str) -> None:
    assert log_in("viewer").get(f"/alerts?{query}").status_code == 200
