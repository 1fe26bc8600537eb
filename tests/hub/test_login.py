"""Logging in, what is refused, and who may guess how often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from log_ins import ANN, bearer, is_problem
from people import PASSWORD, Api, Login, account

from hub.auth.limits import ACCOUNT, Rate
from hub.settings import Settings
from hub.web import create_app


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
