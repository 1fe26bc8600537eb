"""Commands to devices through the API: who may, what is refused, what an answer shows, and what is never shown."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from people import Api, Login, approved_device, camera

from edge.wire.messages import Answer
from hub.auth.limits import COMMANDS
from hub.errors import TooMany
from hub.fleet.commands import apply_answer
from hub.services import EXTENSION
from hub.store import commands
from hub.store.models import Audit, Command

JPEG = b"\xff\xd8 a picture \xff\xd9"
PATH = "/api/devices/door/commands"


@pytest.fixture
def admin(login: Login) -> Api:
    return login("admin")


@pytest.fixture
def camera_id(admin: Api) -> int:
    approved_device("door", online=True)
    return camera(admin, device_id="door")


def asked(who: Api, **body: Any) -> UUID:
    answer = who.post(PATH, json=body)
    assert answer.status_code == 202, answer.text
    return UUID(answer.get_json()["command_id"])


def address_told(app: Flask, command_id: UUID) -> str:
    """What ingest would tell the device."""
    row = commands.take(command_id, datetime.now(UTC))
    assert row is not None
    address: str = app.extensions[EXTENSION].sealer.unseal(row.url_sealed)
    return address


def test_a_snapshot_from_question_to_picture(admin: Api, camera_id: int) -> None:
    command_id = asked(admin, action="snapshot", camera_id=camera_id)
    shown = admin.get(f"{PATH}/{command_id}").get_json()
    assert (shown["state"], shown["picture_url"], shown["asked_by"]) == ("waiting", None, "admin-all")
    assert apply_answer("door", Answer(command_id, picture=JPEG))
    shown = admin.get(f"{PATH}/{command_id}").get_json()
    assert (shown["state"], shown["error"]) == ("done", "")
    picture = admin.get(shown["picture_url"])
    assert (picture.data, picture.mimetype) == (JPEG, "image/jpeg")


def test_only_the_device_that_was_asked_may_answer_and_once(admin: Api, camera_id: int) -> None:
    command_id = asked(admin, action="snapshot", camera_id=camera_id)
    approved_device("gate", online=True)
    assert not apply_answer("gate", Answer(command_id, picture=JPEG))
    assert apply_answer("door", Answer(command_id, error="the camera has given no picture yet"))
    assert not apply_answer("door", Answer(command_id, picture=JPEG))
    shown = admin.get(f"{PATH}/{command_id}").get_json()
    assert (shown["state"], shown["error"]) == ("failed", "the camera has given no picture yet")
    assert admin.get(f"{PATH}/{command_id}/picture").status_code == 404
    assert admin.get(f"/api/devices/gate/commands/{command_id}").status_code == 404


def test_silence_is_told_plainly_and_a_late_answer_still_counts(admin: Api, camera_id: int) -> None:
    command_id = asked(admin, action="snapshot", camera_id=camera_id)
    Command.update(expires_at=datetime.now(UTC) - timedelta(seconds=1)).execute()
    shown = admin.get(f"{PATH}/{command_id}").get_json()
    assert shown["state"] == "timeout"
    assert "ingest or the broker is away" in shown["error"]
    Command.update(told_at=datetime.now(UTC)).execute()
    shown = admin.get(f"{PATH}/{command_id}").get_json()
    assert shown["error"] == "the device did not answer in 15 s"
    assert apply_answer("door", Answer(command_id, picture=JPEG))
    assert admin.get(f"{PATH}/{command_id}").get_json()["state"] == "done"


def test_who_may_ask_what(admin: Api, camera_id: int, login: Login) -> None:
    operator, foreign = login("operator", cameras=[camera_id]), login("operator", cameras=[], name="stranger")
    command_id = asked(operator, action="snapshot", camera_id=camera_id)
    assert operator.get(f"{PATH}/{command_id}").status_code == 200
    for body in ({"action": "restart"}, {"action": "selftest"}, {"action": "probe", "url": "rtsp://cam/1"}):
        assert operator.post(PATH, json=body).status_code == 403
    assert foreign.post(PATH, json={"action": "snapshot", "camera_id": camera_id}).status_code == 404
    assert foreign.get(f"{PATH}/{command_id}").status_code == 404
    restart = asked(admin, action="restart")
    assert operator.get(f"{PATH}/{restart}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"action": "explode"}, 422, "body.action"),
        ({"action": "snapshot"}, 422, "body.camera_id"),
        ({"action": "snapshot", "camera_id": 10**15}, 404, None),
        ({"action": "snapshot", "camera_id": 10**17}, 422, "body.camera_id"),
        ({"action": "restart", "url": "rtsp://cam/1"}, 422, "body.url"),
        ({"action": "probe"}, 422, "body.url"),
        ({"action": "probe", "url": "http://169.254.169.254/"}, 422, "body.url"),
        ({"action": "probe", "url": "rtsp://"}, 422, "body.url"),
        ({"action": "probe", "url": "rtsp:///no-host"}, 422, "body.url"),
        ({"action": "probe", "url": "concat:/etc/passwd"}, 422, "body.url"),
        ({"action": "probe", "url": "rtsp://***:***@elsewhere/1"}, 422, "body.url"),
        ({"action": "probe", "url": "rtsp://cam/1\nx"}, 422, "body.url"),
        ({"action": "probe", "url": "v4l2:///etc/passwd"}, 422, "body.url"),
    ],
)
def test_what_is_refused(admin: Api, camera_id: int, body: dict[str, Any], status: int, field: str | None) -> None:
    answer = admin.post(PATH, json=body)
    assert answer.status_code == status, answer.text
    assert [item["field"] for item in answer.get_json()["errors"]][:1] == ([field] if field else [])
    assert Command.select().count() == 0


def test_a_camera_of_another_device_and_a_device_that_is_away(admin: Api, camera_id: int) -> None:
    approved_device("gate", online=True)
    answer = admin.post("/api/devices/gate/commands", json={"action": "snapshot", "camera_id": camera_id})
    assert (answer.status_code, "does not hang on" in answer.text) == (409, True)
    approved_device("attic", online=False, online_since=datetime(2024, 5, 1, 12, tzinfo=UTC))
    answer = admin.post("/api/devices/attic/commands", json={"action": "restart"})
    assert answer.status_code == 409
    assert "attic is offline since 2024-05-01 12:00 UTC" in answer.get_json()["detail"]
    approved_device("old", state="revoked")
    assert admin.post("/api/devices/old/commands", json={"action": "restart"}).status_code == 409
    assert admin.post("/api/devices/nobody/commands", json={"action": "restart"}).status_code == 404


def test_a_probe_has_the_secrets_of_its_camera_and_shows_none(app: Flask, admin: Api, camera_id: int) -> None:
    own = asked(admin, action="probe", camera_id=camera_id)
    masked = asked(admin, action="probe", camera_id=camera_id, url="rtsp://***:***@cam/2")
    fresh = asked(admin, action="probe", url="rtsp://new:s3cret@other/1?key=k3y")
    texts = [admin.get(f"{PATH}/{command_id}").text for command_id in (own, masked, fresh)]
    texts += [str(row.after) for row in Audit.select()]
    assert not any(secret in text for text in texts for secret in ("s3cret", "k3y", "ann:pw"))
    assert address_told(app, own) == "rtsp://ann:pw@cam/1"
    assert address_told(app, masked) == "rtsp://ann:pw@cam/2"
    assert address_told(app, fresh) == "rtsp://new:s3cret@other/1?key=k3y"
    assert commands.take(fresh, datetime.now(UTC)) is None
    assert Command.select().where(Command.url_sealed.is_null(False)).count() == 0


def test_a_device_has_only_so_many_to_answer(admin: Api, camera_id: int) -> None:
    for _ in range(8):
        asked(admin, action="snapshot", camera_id=camera_id)
    answer = admin.post(PATH, json={"action": "restart"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")


def test_nobody_asks_without_end(app: Flask, admin: Api, camera_id: int) -> None:
    limits = app.extensions[EXTENSION].limits
    with suppress(TooMany):
        while True:  # the bucket leaks meanwhile
            limits.spend("commands 1", COMMANDS)
    answer = admin.post(PATH, json={"action": "snapshot", "camera_id": camera_id})
    assert (answer.status_code, Command.select().count()) == (429, 0)
    assert int(answer.headers["Retry-After"]) >= 1


def test_only_the_newest_are_kept_and_not_for_long(admin: Api, camera_id: int) -> None:
    for _ in range(34):
        apply_answer("door", Answer(asked(admin, action="snapshot", camera_id=camera_id), picture=JPEG))
    assert Command.select().count() == commands.KEPT_EACH
    assert commands.forget(datetime.now(UTC)) == 0
    assert commands.forget(datetime.now(UTC) + commands.KEPT + timedelta(seconds=1)) == commands.KEPT_EACH
