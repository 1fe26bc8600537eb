"""A browser in which somebody of a role is logged in."""

import pytest
from dashboard_visitor import LogIn, post
from flask import Flask
from flask.testing import FlaskClient
from people import PASSWORD, account


@pytest.fixture
def log_in(app: Flask) -> LogIn:
    """`log_in("viewer", [1])` makes a user of that role and the browser in which they have logged in."""

    def browser(role: str = "admin", camera_ids: list[int] | None = None) -> FlaskClient:
        account(app, f"some-{role}", role, camera_ids)
        client = app.test_client()
        assert post(client, "/login", username=f"some-{role}", password=PASSWORD).status_code == 303
        return client

    return browser
