"""Getting in and out through the pages: the first account, log-in, sessions, and nowhere else from there."""

import re
from dataclasses import replace
from uuid import uuid4

import pytest
from dashboard_visitor import LogIn, post
from flask import Flask
from flask.testing import FlaskClient
from peewee import PostgresqlDatabase
from people import PASSWORD, account

from hub.services import EXTENSION
from hub.settings import Settings


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
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "/\t/evil.example",
        "/\n/[",
    ],
)
def test_never_sent_to_another_site(app: Flask, client: FlaskClient, target: str) -> None:
    account(app, "anna", "viewer")
    assert 'name="next" value="/"' in client.get("/login", query_string={"next": target}).text
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
    ended = client.get("/api/audit?action=session.end").get_json()["items"]
    assert [(entry["actor"], entry["target"].split()[0]) for entry in ended] == [("some-admin", "session")]


def test_ending_a_foreign_session(app: Flask, log_in: LogIn) -> None:
    viewer, admin = log_in("viewer"), log_in("admin")
    token = admin.get_cookie("csrf_access_token")
    assert token
    assert admin.post(f"/settings/sessions/{uuid4()}/end", data={"csrf_token": token.value}).status_code == 404
    assert viewer.get("/").status_code == 200
