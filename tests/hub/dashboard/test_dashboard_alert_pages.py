"""The alerts as pages without scripts: list, filters, acknowledging, files to take away."""

import csv
import io
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from dashboard_visitor import LogIn, alert, camera, post
from flask import Flask
from flask.testing import FlaskClient
from people import PASSWORD

from hub.store import alert_walks, listing
from hub.store.models import Alert


def read_to_the_end(client: FlaskClient, path: str) -> list[UUID]:
    seen = []
    while path:
        page = client.get(path).text
        assert "Nothing matches" not in page
        seen += [UUID(found) for found in re.findall(r'<li class="shot" data-alert="([0-9a-f-]+)"', page)]
        more = re.search(r'<a class="btn" href="([^"]+)" rel="next"', page)
        path = more[1].replace("&amp;", "&") if more else ""
    return seen


def test_the_list_works_without_scripts(app: Flask, log_in: LogIn) -> None:
    camera_id = camera(app)
    ids = [alert(camera_id, minutes) for minutes in range(130)]
    assert read_to_the_end(log_in("viewer"), "/alerts") == ids


def test_rare_ones_are_found_without_scripts_and_taken_away_whole(
    app: Flask, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "STRETCH", 4)
    monkeypatch.setattr(alert_walks, "STRETCHES", 0)
    monkeypatch.setattr("hub.dashboard.pages.export.AT_ONCE", 1)
    camera_id = camera(app)
    ids = [alert(camera_id, minutes, score=0.99 if minutes % 9 == 8 else 0.5) for minutes in range(27)]
    client, path = log_in("viewer"), "/alerts?min_score=0.9"
    assert "The latest visits" in client.get(path).text
    assert read_to_the_end(client, path) == ids[8::9]
    assert [UUID(one["id"]) for one in client.get("/alerts/export.json?min_score=0.9").get_json()] == ids[8::9]


def test_filters(app: Flask, log_in: LogIn) -> None:
    house, office = camera(app, "One", location="House"), camera(app, "Two", location="Office")
    good = alert(house, score=0.95)
    alert(house, score=0.5)
    alert(office, score=0.95)
    page = log_in("viewer").get("/alerts?location=House&min_score=0.9&acknowledged=false").text
    assert re.findall(r'<li class="shot" data-alert="([0-9a-f-]+)"', page) == [str(good)]


def test_how_many_there_are(app: Flask, log_in: LogIn) -> None:
    camera_id = camera(app)
    for minutes in range(70):
        alert(camera_id, minutes)
    client = log_in("viewer")
    assert "70 visits" in client.get("/alerts").text
    assert "The latest 60 visits" in client.get("/alerts?min_score=0.5").text


@pytest.mark.parametrize("query", ["since=%00", "location=%00&camera_id=1", "cursor=x", "cursor=%00", "min_score=nan"])
def test_odd_queries_are_no_errors(log_in: LogIn, query: str) -> None:
    assert log_in("viewer").get(f"/alerts?{query}").status_code == 200


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("time", ["0001-01-01T00:00Z", "0001-01-01T00:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59"])
def test_the_ends_of_all_times_are_no_errors(app: Flask, log_in: LogIn, zone: str, time: str) -> None:
    alert_id, client = alert(camera(app)), log_in("viewer")
    client.set_cookie("watchpost_zone", zone)
    for query in (f"since={time}", f"until={time}", "since=0001-01-01T00:00Z&until=9999-12-31T23:59:59Z"):
        for path in ("/alerts", f"/alerts/{alert_id}", "/alerts/export.json"):
            assert client.get(f"{path}?{query}").status_code == 200
    assert str(alert_id) in client.get("/alerts?since=0001-01-01T00:00Z&until=9999-12-31T23:59:59Z").text


def test_a_visit_at_the_end_of_all_times_breaks_no_page(app: Flask, log_in: LogIn) -> None:
    camera_id = camera(app)
    ends = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    ids = [alert(camera_id, opened_at=end, closed_at=None) for end in ends]
    client = log_in("viewer")
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
        client.set_cookie("watchpost_zone", zone)
        for path in ("/", "/alerts?since=1970-01-01T00:00Z", "/overview", "/cameras", *map("/alerts/{}".format, ids)):
            assert client.get(path).status_code == 200, path


def test_newer_and_older_stay_within_the_filter(app: Flask, log_in: LogIn) -> None:
    here, there = camera(app, "Here"), camera(app, "There")
    first, _, third = alert(here, 3), alert(there, 2), alert(here, 1)
    page = log_in("viewer").get(f"/alerts/{third}?camera_id={here}").text
    assert f'href="/alerts/{first}?camera_id={here}" rel="next"' in page
    assert 'rel="prev"' not in page


def test_newer_and_older_go_beyond_what_the_list_shows_by_itself(app: Flask, log_in: LogIn) -> None:
    camera_id, day = camera(app), 24 * 60
    first, second, third, fourth = (alert(camera_id, days * day) for days in (60, 31, 30, 2))
    client = log_in("viewer")
    page = client.get(f"/alerts/{third}").text
    assert re.findall(r'href="/alerts/([0-9a-f-]+)" rel="(prev|next)"', page) == [
        (str(fourth), "prev"),
        (str(second), "next"),
    ]
    assert f'href="/alerts/{first}" rel="next"' in client.get(f"/alerts/{second}").text
    assert 'rel="next"' not in client.get(f"/alerts/{fourth}?range=day").text


def test_who_was_elsewhere_is_told_however_busy_a_camera_is(app: Flask, log_in: LogIn) -> None:
    busy, quiet, far = camera(app, "Busy"), camera(app, "Quiet"), camera(app, "Far")
    one = alert(busy, 60)
    around = [alert(busy, 60 + seconds / 60) for seconds in (*range(-200, 0), *range(1, 200))]
    before, after, gone = alert(quiet, 64.9), alert(quiet, 55.1), alert(9999, 61)
    for minutes in (65.1, 54.9):
        alert(far, minutes)
    page = log_in("viewer").get(f"/alerts/{one}").text
    elsewhere = re.findall(r'<a href="/alerts/([0-9a-f-]+)">(?:<img|<span class="strip)', page)
    assert elsewhere == [str(before), str(gone), str(after)]
    assert not {str(other) for other in around} & set(elsewhere)
    limited = log_in("operator", [busy, far]).get(f"/alerts/{one}").text
    assert "Nobody was seen elsewhere" in limited


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


def test_viewers_do_not_acknowledge(app: Flask, log_in: LogIn) -> None:
    alert_id = alert(camera(app))
    client = log_in("viewer")
    assert "<textarea" not in client.get(f"/alerts/{alert_id}").text
    token = client.get_cookie("csrf_access_token")
    assert token
    assert client.post(f"/alerts/{alert_id}", data={"csrf_token": token.value}).status_code == 403


def test_what_was_sent_after_the_session_had_ended_is_told_of(app: Flask, log_in: LogIn, client: FlaskClient) -> None:
    alert_id = alert(camera(app))
    log_in("operator")
    away = client.post(f"/alerts/{alert_id}?range=day", data={"note": "Postman"}).location
    form = re.search(r'name="next" value="([^"]*)"', client.get(away).text)
    assert form
    back = form[1].replace("&amp;", "&")
    assert back == f"/alerts/{alert_id}?range=day&unsaved=1"
    assert post(client, "/login", username="some-operator", password=PASSWORD, next=back).location == back
    assert "Not saved" in client.get(back).text
    assert f'action="/alerts/{alert_id}?range=day"' in client.get(back).text
    assert "Not saved" not in client.get(f"/alerts/{alert_id}?range=day").text
    assert app.test_client().post(f"/settings/sessions/{alert_id}/end").location == "/login?next=%2F"


def test_an_acknowledgement_from_another_site_does_nothing(app: Flask, log_in: LogIn) -> None:
    alert_id = alert(camera(app))
    client = log_in("operator")
    assert client.post(f"/alerts/{alert_id}", data={"note": "x"}).location.startswith("/login?next=%2Falerts%2F")
    assert Alert.get(Alert.id == alert_id).acknowledged_by is None


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


def test_an_export_ends_when_nobody_takes_it(app: Flask, log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.dashboard.pages.export.AT_ONCE", 2)
    camera_id = camera(app)
    for minutes in range(20):
        alert(camera_id, minutes)
    pages = []
    read = listing.page
    monkeypatch.setattr(listing, "page", lambda *args: pages.append(args) or read(*args))
    answer = log_in("viewer").get("/alerts/export.csv", buffered=False)
    lines = answer.iter_encoded()
    assert [next(lines).count(b"\r\n") for _ in range(3)] == [2, 1, 1]
    answer.close()
    assert next(lines, None) is None
    assert len(pages) == 2
