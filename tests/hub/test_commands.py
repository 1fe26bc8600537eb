"""watchpost-hub user and device, on a real database."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from people import PASSWORD, Api, signing_request

from hub.cli import main
from hub.settings import Settings
from hub.store.models import Audit

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, database: object, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("WATCHPOST_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("WATCHPOST_DATA_DIR", str(settings.data_dir))

    def called(*arguments: str, given: str = "") -> Result:
        return CliRunner().invoke(main, arguments, input=given)

    return called


def test_an_account_with_a_made_password_can_log_in(app: Flask, run: Run) -> None:
    made = run("user", "add", "ann", "--role", "admin", "--json")
    assert made.exit_code == 0, made.output
    password = json.loads(made.output)["password"]
    assert Api.logged_in(app, "ann", password).get("/api/users").status_code == 200
    assert run("user", "add", "bob", "--password-stdin", given=f"{PASSWORD}\n").output == "viewer bob added\n"
    assert [json.loads(line)["username"] for line in run("user", "list", "--json").output.splitlines()] == [
        "ann",
        "bob",
    ]
    assert run("user", "disable", "bob").exit_code == 0
    assert "disabled" in run("user", "list").output
    assert next(row.actor for row in Audit.select()) == "command line"


def test_bad_accounts_are_one_clear_line(run: Run) -> None:
    assert run("user", "add", "a b").exit_code == 2
    assert run("user", "add", "ann", "--password-stdin", given="short\n").exit_code == 2
    assert run("user", "add", "ann").exit_code == 0
    again = run("user", "add", "ANN")
    assert (again.exit_code, again.output) == (1, "Error: the name ANN is taken\n")
    assert run("user", "disable", "nobody").output == "Error: no user nobody\n"


def test_devices(app: Flask, run: Run) -> None:
    made = json.loads(run("device", "add", "Front Door", "--json").output)
    assert made["id"] == "front-door"
    body = {"name": "x", "csr_pem": signing_request(), "token": made["token"]}
    assert app.test_client().post("/api/enroll", json=body).status_code == 201
    waiting = {"name": "Gate", "csr_pem": signing_request()}
    assert app.test_client().post("/api/enroll", json=waiting).status_code == 202
    assert run("device", "approve", "gate").output == "gate approved\n"
    assert app.test_client().post("/api/enroll", json=waiting).status_code == 201
    assert run("device", "approve", "gate").exit_code == 1
    assert run("device", "revoke", "gate").exit_code == 0
    states = {line.split()[0]: line.split()[1] for line in run("device", "list").output.splitlines()}
    assert states == {"front-door": "approved", "gate": "revoked"}
    assert run("device", "revoke", "absent").output == "Error: no device absent\n"


def test_bad_settings_are_told_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHPOST_SIGNUP", "maybe")
    monkeypatch.setenv("WATCHPOST_DATABASE_UR", "x")
    result = run("user", "list")
    assert result.exit_code == 1
    assert "WATCHPOST_SIGNUP" in result.output
    assert "did you mean WATCHPOST_DATABASE_URL?" in result.output
