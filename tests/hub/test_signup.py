"""Who may make an account for themselves."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from log_ins import ANN, is_problem
from people import PASSWORD

from hub.settings import Settings
from hub.web import create_app


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
