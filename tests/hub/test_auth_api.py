"""Accounts, tokens, cookies and sessions, over HTTP on a real database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from people import PASSWORD, Api, Login, account
from werkzeug.test import TestResponse

from hub.auth.limits import ACCOUNT, Rate
from hub.services import EXTENSION
from hub.settings import Settings
from hub.store import sessions
from hub.store.models import Audit, Session
from hub.store.sessions import GRACE
from hub.web import create_app

USUAL = ["csrf_access", "csrf_refresh"]  # what flask-jwt-extended calls them
ANN = {"username": "Ann", "password": PASSWORD}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def logged_in_browser(app: Flask, role: str = "viewer") -> FlaskClient:
    account(app, "Ann", role)
    browser = app.test_client()
    assert browser.post("/api/auth/login", json=ANN).status_code == 200
    return browser


def csrf(browser: FlaskClient, kind: str = "access") -> dict[str, str]:
    path = "/api/auth" if kind == "refresh" else "/"
    cookie = browser.get_cookie(f"csrf_{kind}_token") or browser.get_cookie(f"csrf_{kind}_token", path=path)
    assert cookie is not None
    return {"X-CSRF-TOKEN": cookie.value}


def is_problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert {"title", "status", "detail", "errors"} <= set(body)
    return body


# --- sign-up


def test_the_first_account_is_admin_then_sign_up_is_closed(client: FlaskClient) -> None:
    answer = client.post("/api/auth/signup", json=ANN)
    assert answer.status_code == 201
    assert answer.get_json() == {"id": 1, "username": "Ann", "role": "admin"}
    is_problem(client.post("/api/auth/signup", json={**ANN, "username": "Bob"}), 403)


def test_only_one_of_many_racers_becomes_the_first(app: Flask) -> None:
    def race(number: int) -> int:
        body = {"username": f"racer{number}", "password": PASSWORD}
        return app.test_client().post("/api/auth/signup", json=body).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(race, range(6)))
    assert statuses == [201, 403, 403, 403, 403, 403]


def test_open_sign_up_makes_viewers_and_no_doubles(settings: Settings, app: Flask) -> None:
    browser = create_app(replace(settings, signup="open")).test_client()
    roles = [browser.post("/api/auth/signup", json={**ANN, "username": name}).get_json()["role"] for name in ("a", "b")]
    assert roles == ["admin", "viewer"]
    is_problem(browser.post("/api/auth/signup", json={**ANN, "username": "B"}), 409)


def test_closed_sign_up_is_closed_even_for_the_first(settings: Settings, app: Flask) -> None:
    is_problem(create_app(replace(settings, signup="closed")).test_client().post("/api/auth/signup", json=ANN), 403)


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short"},
        {"password": "x" * 129},
        {"username": "a b"},
        {"username": ""},
        {"username": "x" * 65},
        {"role": "admin"},
    ],
)
def test_bad_accounts_name_the_field(client: FlaskClient, change: dict[str, str]) -> None:
    body = is_problem(client.post("/api/auth/signup", json={**ANN, **change}), 422)
    assert body["errors"][0]["field"] == f"body.{next(iter(change))}"


# --- logging in


def test_login_gives_what_the_contract_says(app: Flask, login: Login) -> None:
    api = login("operator")
    assert set(api.tokens) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert api.tokens["token_type"] == "Bearer"
    me = api.get("/api/auth/me").get_json()
    assert (me["username"], me["role"], me["camera_ids"]) == ("operator-all", "operator", None)
    header = jwt.get_unverified_header(api.tokens["access_token"])
    keys = app.test_client().get("/.well-known/jwks.json").get_json()["keys"]
    assert (header["alg"], header["kid"]) == ("ES256", keys[0]["kid"])


@pytest.mark.parametrize("body", [{**ANN, "password": "wrong"}, {**ANN, "username": "nobody"}])
def test_wrong_password_and_unknown_user_look_the_same(app: Flask, body: dict[str, str]) -> None:
    account(app, "Ann", "viewer")
    assert (
        is_problem(app.test_client().post("/api/auth/login", json=body), 401)["detail"] == "wrong user name or password"
    )


def test_failures_are_limited_by_account_in_all_processes_and_do_not_touch_others(
    settings: Settings, app: Flask
) -> None:
    account(app, "Ann", "viewer")
    account(app, "Bob", "viewer")
    workers = [app.test_client(use_cookies=False), create_app(settings).test_client(use_cookies=False)]
    for number in range(ACCOUNT.burst):
        is_problem(workers[number % 2].post("/api/auth/login", json={**ANN, "password": "wrong"}), 401)
    for worker in workers:
        refused = worker.post("/api/auth/login", json=ANN)
        is_problem(refused, 429)
        assert 0 < int(refused.headers["Retry-After"]) <= ACCOUNT.every_s
    assert Api.logged_in(app, "Bob", PASSWORD)


def test_racers_get_no_more_guesses_than_others(app: Flask) -> None:
    account(app, "Ann", "viewer")

    def guess(number: int) -> int:
        body = {**ANN, "password": f"wrong {number}"}
        return app.test_client(use_cookies=False).post("/api/auth/login", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(guess, range(ACCOUNT.burst + 5))) == [401] * ACCOUNT.burst + [429] * 5


def test_those_who_know_their_password_use_up_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    account(app, "Ann", "viewer")
    monkeypatch.setattr("hub.api.auth.ADDRESS", Rate(burst=2, every_s=1000))
    for _ in range(4):
        assert Api.logged_in(app, "Ann", PASSWORD)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer x"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer " + jwt.encode({"sub": "1"}, "x" * 32, "HS256")},
        {"Authorization": "Bearer " + jwt.encode({"sub": "1"}, "", "none")},
        {"Authorization": "Bearer a b c"},
        {"Cookie": "access_token_cookie=\xff"},
    ],
)
def test_whatever_is_no_token_is_401(client: FlaskClient, headers: dict[str, str]) -> None:
    is_problem(client.get("/api/auth/me", headers=headers), 401)


def test_expired_tokens_and_tokens_of_other_keys_and_kinds(app: Flask, login: Login, settings: Settings) -> None:
    api = login("viewer")
    claims = jwt.decode(api.tokens["access_token"], options={"verify_signature": False})
    with app.app_context():
        old = create_access_token("1", expires_delta=timedelta(seconds=-1), additional_claims={"sid": claims["sid"]})
        no_session = create_access_token("1")
        strange = create_access_token("x", additional_claims={"sid": "not a uuid"})
    for token in (old, no_session, strange, api.tokens["refresh_token"], api.tokens["access_token"][:-4] + "AAAA"):
        is_problem(api.get("/api/auth/me", headers=bearer(token)), 401)


# --- sessions


def test_logout_really_revokes(app: Flask, login: Login) -> None:
    api = login("viewer")
    other = Api.logged_in(app, "viewer-all", PASSWORD)
    assert api.post("/api/auth/logout").status_code == 204
    is_problem(api.get("/api/auth/me"), 401)
    is_problem(api.post("/api/auth/refresh", headers=bearer(api.tokens["refresh_token"]), json={}), 401)
    assert other.get("/api/auth/me").status_code == 200


@pytest.mark.parametrize("in_body", [True, False])
def test_refresh_rotates_and_reuse_ends_the_family(app: Flask, login: Login, in_body: bool) -> None:
    api = login("viewer")
    stranger = app.test_client(use_cookies=False)

    def refreshed(token: str) -> TestResponse:
        if in_body:
            return stranger.post("/api/auth/refresh", json={"refresh_token": token})
        return stranger.post("/api/auth/refresh", headers=bearer(token))

    first = api.tokens["refresh_token"]
    second = refreshed(first).get_json()
    assert api.get("/api/auth/me", headers=bearer(second["access_token"])).status_code == 200
    is_problem(refreshed(first), 401)
    is_problem(api.get("/api/auth/me", headers=bearer(second["access_token"])), 401)
    is_problem(refreshed(second["refresh_token"]), 401)


def later(by: timedelta) -> None:
    """As if the last refresh had been that much earlier, and a moment."""
    Session.update(rotated_at=Session.rotated_at - by - timedelta(seconds=1)).execute()


def refreshed_with(app: Flask, token: str) -> TestResponse:
    """As a browser does that has this token in its cookie."""
    browser = app.test_client()
    browser.set_cookie(app.extensions[EXTENSION].cookies.refresh, token, path="/api/auth")
    form_token = jwt.decode(token, options={"verify_signature": False})["csrf"]
    return browser.post("/api/auth/refresh", json={}, headers={"X-CSRF-TOKEN": form_token})


def test_of_racing_programs_one_wins_and_the_family_ends(app: Flask, login: Login) -> None:
    token = login("viewer").tokens["refresh_token"]

    def race(_: int) -> int:
        body = {"refresh_token": token}
        return app.test_client(use_cookies=False).post("/api/auth/refresh", json=body).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(race, range(4))) == [200, 401, 401, 401]


def test_tabs_that_refresh_at_once_all_go_on(app: Flask, login: Login) -> None:
    token = login("viewer").tokens["refresh_token"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: refreshed_with(app, token), range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    nexts = {jwt.decode(a.get_json()["refresh_token"], options={"verify_signature": False})["jti"] for a in answers}
    assert len(nexts) == 1
    for answer in answers:
        me = app.test_client().get("/api/auth/me", headers=bearer(answer.get_json()["access_token"]))
        assert me.status_code == 200
    assert refreshed_with(app, answers[0].get_json()["refresh_token"]).status_code == 200


def test_an_answer_that_never_arrived_is_given_again_whenever(app: Flask, login: Login) -> None:
    token = login("viewer").tokens["refresh_token"]
    assert refreshed_with(app, token).status_code == 200
    later(timedelta(hours=5))
    again = refreshed_with(app, token).get_json()
    assert refreshed_with(app, again["refresh_token"]).status_code == 200


def test_a_thief_who_uses_what_was_stolen_ends_the_family(app: Flask, login: Login) -> None:
    token = login("viewer").tokens["refresh_token"]
    stolen = refreshed_with(app, token).get_json()
    me = app.test_client().get("/api/auth/me", headers=bearer(stolen["access_token"]))
    assert me.status_code == 200
    later(GRACE)
    is_problem(refreshed_with(app, token), 401)
    is_problem(app.test_client().get("/api/auth/me", headers=bearer(stolen["access_token"])), 401)
    is_problem(refreshed_with(app, stolen["refresh_token"]), 401)
    assert Audit.select().where(Audit.action == "session.reused").count() == 1


def test_the_one_before_the_last_is_never_good(app: Flask, login: Login) -> None:
    first = login("viewer").tokens["refresh_token"]
    second = refreshed_with(app, first).get_json()["refresh_token"]
    assert refreshed_with(app, second).status_code == 200
    is_problem(refreshed_with(app, first), 401)


@pytest.mark.parametrize("token", ["x", "a.b.c", "é" * 10, "x" * 5000])
def test_refreshing_with_nonsense(client: FlaskClient, token: str) -> None:
    assert client.post("/api/auth/refresh", json={"refresh_token": token}).status_code in (401, 422)


def test_an_access_token_does_not_refresh(login: Login) -> None:
    api = login("viewer")
    is_problem(api.post("/api/auth/refresh", json={"refresh_token": api.tokens["access_token"]}), 401)


def test_changing_the_password_ends_every_session(app: Flask, login: Login) -> None:
    api = login("viewer")
    wrong = {"current_password": "nope", "new_password": "another good one"}
    is_problem(api.post("/api/auth/password", json=wrong), 403)
    assert api.post("/api/auth/password", json={**wrong, "current_password": PASSWORD}).status_code == 204
    is_problem(api.get("/api/auth/me"), 401)
    assert Api.logged_in(app, "viewer-all", "another good one")


# --- the browser


def test_cookies_are_out_of_scripts_reach_and_changes_need_the_csrf_header(app: Flask) -> None:
    browser = logged_in_browser(app)
    assert browser.get("/api/auth/me").status_code == 200
    cookie = browser.get_cookie(app.extensions[EXTENSION].cookies.access)
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    is_problem(browser.post("/api/auth/ticket"), 401)
    assert browser.post("/api/auth/ticket", headers=csrf(browser)).status_code == 200
    is_problem(browser.post("/api/auth/ticket", headers={"X-CSRF-TOKEN": "x"}), 401)


def test_cookies_are_secure_behind_https(settings: Settings, app: Flask) -> None:
    account(app, "Ann", "viewer")
    secure = create_app(replace(settings, public_url="https://watch.example")).test_client()
    answer = secure.post("/api/auth/login", json=ANN)
    cookies = answer.headers.getlist("Set-Cookie")
    assert all("Secure" in line for line in cookies)
    named = sorted(line.partition("_token")[0] for line in cookies)
    assert named == ["__Host-access", "__Host-csrf_access", "__Host-csrf_refresh", "__Secure-refresh", *USUAL]
    assert all("Path=/" in line and "Domain" not in line for line in cookies if line.startswith("__Host-"))
    assert "Strict-Transport-Security" in answer.headers


def test_two_hubs_on_one_host_leave_each_others_people_logged_in(
    settings: Settings, app: Flask, tmp_path: Path
) -> None:
    other = create_app(replace(settings, data_dir=tmp_path / "other"))
    browser = logged_in_browser(app)
    elsewhere = other.test_client()
    elsewhere._cookies = browser._cookies  # a browser has one jar for all ports of a host
    assert elsewhere.post("/api/auth/login", json=ANN).status_code == 200
    mine = browser.get_cookie(app.extensions[EXTENSION].cookies.csrf_access)
    assert mine is not None
    for hub in (browser, elsewhere):
        assert hub.get("/api/auth/me").status_code == 200
    assert browser.post("/api/auth/ticket", headers={"X-CSRF-TOKEN": mine.value}).status_code == 200
    assert browser.post("/api/auth/logout", headers={"X-CSRF-TOKEN": mine.value}).status_code == 204
    assert elsewhere.get("/api/auth/me").status_code == 200


def test_the_browser_refreshes_by_cookie(app: Flask) -> None:
    browser = logged_in_browser(app)
    is_problem(browser.post("/api/auth/refresh", json={}), 401)
    answer = browser.post("/api/auth/refresh", json={}, headers=csrf(browser, "refresh"))
    assert answer.status_code == 200, answer.text
    assert browser.get("/api/auth/me").status_code == 200
    assert browser.post("/api/auth/logout", headers=csrf(browser)).status_code == 204
    assert browser.get_cookie(app.extensions[EXTENSION].cookies.access) is None


def test_a_ticket_opens_for_its_user_and_dies_with_the_session(app: Flask, login: Login) -> None:
    from hub.auth.tokens import principal_of_ticket
    from hub.errors import Unauthenticated

    api = login("viewer")
    ticket = api.post("/api/auth/ticket").get_json()["ticket"]
    with app.app_context():
        user = principal_of_ticket(ticket)
        assert user.username == "viewer-all"
        for wrong in ("x", api.tokens["access_token"]):
            with pytest.raises(Unauthenticated):
                principal_of_ticket(wrong)
        sessions.revoke(user.session_id)
        with pytest.raises(Unauthenticated):
            principal_of_ticket(ticket)
    is_problem(api.get("/api/auth/me", headers=bearer(ticket)), 401)
