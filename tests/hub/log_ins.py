"""Ann logs in: what tests of accounts and sessions share."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from people import PASSWORD, account
from werkzeug.test import TestResponse

ANN = {"username": "Ann", "password": PASSWORD}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def logged_in_browser(app: Flask, role: str = "viewer") -> FlaskClient:
    """A browser in which Ann, who is made for it, has logged in."""
    account(app, "Ann", role)
    browser = app.test_client()
    assert browser.post("/api/auth/login", json=ANN).status_code == 200
    return browser


def csrf(browser: FlaskClient, kind: str = "access") -> dict[str, str]:
    """The header that a script sends back from its cookie."""
    path = "/api/auth" if kind == "refresh" else "/"
    cookie = browser.get_cookie(f"csrf_{kind}_token") or browser.get_cookie(f"csrf_{kind}_token", path=path)
    assert cookie is not None
    return {"X-CSRF-TOKEN": cookie.value}


def is_problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The body of an answer that says what went wrong as RFC 9457 wants it."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert {"title", "status", "detail", "errors"} <= set(body)
    return body
