"""People and programs that talk to the hub in tests."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from hub.services import EXTENSION
from hub.store import users

PASSWORD = "correct horse battery"


class Api:
    """A program with a Bearer token; every call answers with Flask's test response."""

    def __init__(self, app: Flask, tokens: dict[str, Any]) -> None:
        self.app = app
        self.tokens = tokens

    @classmethod
    def logged_in(cls, app: Flask, username: str, password: str) -> "Api":
        """Log in afresh, without cookies."""
        body = {"username": username, "password": password}
        answer = app.test_client(use_cookies=False).post("/api/auth/login", json=body)
        assert answer.status_code == 200, answer.text
        return cls(app, answer.get_json())

    def call(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}", **kwargs.pop("headers", {})}
        return self.app.test_client(use_cookies=False).open(path, method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("POST", path, **kwargs)

    def patch(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("PATCH", path, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("DELETE", path, **kwargs)


Login = Callable[..., Api]


def account(app: Flask, username: str, role: str, camera_ids: list[int] | None = None) -> int:
    """A user in the database, with PASSWORD."""
    hashed = app.extensions[EXTENSION].passwords.hashed(PASSWORD)
    return users.create(username, hashed, role, camera_ids).id
