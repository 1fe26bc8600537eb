"""Tokens that were verified before are good for no longer, and no more easily, than ones seen for the first time."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from flask_jwt_extended import create_access_token, jwt_manager
from people import Api, Login, member

from hub.auth import keys, verified
from hub.settings import Settings


def asked(api: Api, token: str) -> int:
    return api.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_signature_is_verified_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[Any] = []
    real = jwt_manager._decode_jwt
    monkeypatch.setattr(jwt_manager, "_decode_jwt", lambda **how: decoded.append(how) or real(**how))
    api = member(app, "Ann", "viewer")
    assert [api.get("/api/auth/me").status_code for _ in range(3)] == [200] * 3
    assert len(decoded) == 1


def test_what_was_good_ends_with_its_time_its_session_and_its_key(
    app: Flask, login: Login, settings: Settings, database: object
) -> None:
    api = member(app, "Ann", "viewer")
    claims = jwt.decode(api.tokens["access_token"], options={"verify_signature": False})
    with app.app_context():
        session = {"sid": claims["sid"]}
        short = create_access_token(claims["sub"], expires_delta=timedelta(seconds=2), additional_claims=session)
    assert [asked(api, short), asked(api, short)] == [200, 200]
    other = member(app, "Bob", "viewer")
    assert asked(other, other.tokens["access_token"]) == 200
    assert other.post("/api/auth/logout").status_code == 204
    assert asked(other, other.tokens["access_token"]) == 401
    time.sleep(max(0.0, jwt.decode(short, options={"verify_signature": False})["exp"] - time.time()) + 0.1)
    assert asked(api, short) == 401
    assert asked(api, api.tokens["access_token"]) == 200
    keys.rotate(settings.secrets_dir, datetime.now(UTC), drop_old=True)
    assert asked(api, api.tokens["access_token"]) == 401


def test_one_changed_letter_is_another_token(app: Flask, login: Login) -> None:
    api = login("viewer")
    token = api.tokens["access_token"]
    assert asked(api, token) == 200
    head, payload, signature = token.split(".")
    for other in (f"{head}.{payload}.{'A' * len(signature)}", f"{head}.{payload[:-1]}.{signature}", f"{token}A"):
        assert asked(api, other) == 401


def test_the_memory_is_bounded(app: Flask, login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verified, "KEPT", 3)
    people = [member(app, f"person-{number}", "viewer") for number in range(7)]
    assert [person.get("/api/auth/me").status_code for person in people * 2] == [200] * 14
    manager = app.extensions["flask-jwt-extended"]
    assert len(manager._known) == 3
