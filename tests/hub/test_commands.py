"""watchpost-hub user and device, on a real database."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from people import PASSWORD, Api, camera, member, signing_request

from hub.cli import main
from hub.secrets import Sealer
from hub.settings import Settings
from hub.store import picture_lock
from hub.store.db import connection_pool
from hub.store.models import Audit, Camera

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


# --- keys


def test_signing_keys_rotate_under_a_running_hub(app: Flask, run: Run) -> None:
    before = member(app, "ann", "admin")
    told = json.loads(run("keys", "rotate", "signing", "--json").output)
    assert (told["kind"], told["still_verifying"]) == ("signing", 1)
    after = member(app, "bob", "viewer")
    assert jwt.get_unverified_header(after.tokens["access_token"])["kid"] == told["id"]
    assert [api.get("/api/auth/me").status_code for api in (before, after)] == [200, 200]
    kids = [key["kid"] for key in app.test_client().get("/.well-known/jwks.json").get_json()["keys"]]
    assert (len(kids), kids[0]) == (2, told["id"])
    listed = [json.loads(line) for line in run("keys", "list", "--json").output.splitlines()]
    assert [line["does"].split(" until")[0] for line in listed] == ["signs", "verifies", "seals"]
    assert run("keys", "rotate", "signing", "--drop-old").exit_code == 0
    assert [api.get("/api/auth/me").status_code for api in (before, after)] == [401, 401]
    assert [row.action for row in Audit.select()] == ["keys.signing", "keys.signing"]


def test_addresses_are_sealed_anew_and_old_keys_go(app: Flask, run: Run, settings: Settings) -> None:
    admin = member(app, "ann", "admin")
    ids = [camera(admin), camera(admin, settings={"detect_url": "rtsp://ann:pw@cam/small"})]
    kept = {row.id: bytes(row.source_url_sealed) for row in Camera.select()}
    told = json.loads(run("keys", "rotate", "sealing", "--json").output)
    assert (told["cameras"], told["dropped"]) == (2, 1)
    fresh = Sealer.open(settings.secrets_dir)
    for row in Camera.select():
        assert bytes(row.source_url_sealed) != kept[row.id]
        assert fresh.is_newest(row.source_url_sealed)
        assert fresh.unseal(row.source_url_sealed) == "rtsp://ann:pw@cam/1"
    assert fresh.unseal(Camera.get_by_id(ids[1]).settings["detect_url"].encode()) == "rtsp://ann:pw@cam/small"
    assert admin.get(f"/api/cameras/{ids[0]}").get_json()["source_url"] == "rtsp://***:***@cam/1"
    assert fresh.is_newest(Camera.get_by_id(camera(admin)).source_url_sealed)
    assert json.loads(run("keys", "rotate", "sealing", "--json").output)["cameras"] == 3


def test_what_cannot_be_opened_stops_the_rotation_and_every_key_stays(app: Flask, run: Run, settings: Settings) -> None:
    camera_id = camera(member(app, "ann", "admin"))
    Camera.update(source_url_sealed=b"strange").where(Camera.id == camera_id).execute()
    refused = run("keys", "rotate", "sealing")
    assert refused.exit_code == 1
    assert refused.output.startswith(f"Error: camera {camera_id} (Door): sealed with a key that is not at hand")
    assert len((settings.secrets_dir / "sealing.keys").read_bytes().split()) == 2


def test_a_key_of_the_settings_takes_over(
    app: Flask, run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera_id = camera(member(app, "ann", "admin"))
    monkeypatch.setenv("WATCHPOST_SECRET_KEY", "one secret for all machines")
    assert run("keys", "rotate", "sealing").exit_code == 0
    assert "WATCHPOST_SECRET_KEY" in run("keys", "list").output
    elsewhere = Sealer.open(settings.data_dir / "elsewhere", "one secret for all machines")
    assert elsewhere.unseal(Camera.get_by_id(camera_id).source_url_sealed) == "rtsp://ann:pw@cam/1"


def test_no_rotation_while_a_backup_is_made(app: Flask, run: Run, settings: Settings) -> None:
    pool = connection_pool(settings.database_url, pool=1)
    with pool.connection_context(), picture_lock.pictures_at_rest(pool):
        refused = run("keys", "rotate", "sealing")
    assert (refused.exit_code, refused.output) == (1, "Error: a backup is being made; try again when it is done\n")


def test_which_options_go_together(run: Run) -> None:
    assert run("keys", "rotate", "sealing", "--drop-old").exit_code == 2
    assert run("keys", "rotate", "nothing").exit_code == 2


def test_somebody_adds_cameras_while_keys_rotate(app: Flask, run: Run, settings: Settings) -> None:
    admin = member(app, "ann", "admin")
    command = [str(Path(sys.executable).with_name("watchpost-hub")), "keys", "rotate", "sealing"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as rotation:
        made = 0
        while rotation.poll() is None:
            made += bool(camera(admin))
    assert rotation.returncode == 0
    fresh = Sealer.open(settings.secrets_dir)
    assert made > 0
    assert [fresh.unseal(row.source_url_sealed) for row in Camera.select()] == ["rtsp://ann:pw@cam/1"] * made
