"""A session lives by its refresh tokens: each good once, a stolen one ends them all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from log_ins import bearer, is_problem
from people import PASSWORD, Api, Login
from werkzeug.test import TestResponse

from hub.services import EXTENSION
from hub.store import sessions
from hub.store.models import Audit, Session
from hub.store.sessions import GRACE


def later(by: timedelta) -> None:
    """As if the last refresh had been that much earlier, and a moment."""
    Session.update(rotated_at=Session.rotated_at - by - timedelta(seconds=1)).execute()


def refreshed_with(app: Flask, token: str) -> TestResponse:
    """As a browser does that has this token in its cookie."""
    browser = app.test_client()
    browser.set_cookie(app.extensions[EXTENSION].cookies.refresh, token, path="/api/auth")
    form_token = jwt.decode(token, options={"verify_signature": False})["csrf"]
    return browser.post("/api/auth/refresh", json={}, headers={"X-CSRF-TOKEN": form_token})


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
