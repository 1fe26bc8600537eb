"""What devices say, and what the hub then shows."""

import select
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from people import Api, Login, approved_device, camera

from edge.wire.messages import CameraReported, CameraState, Checked, Health, Reported, Selftest, Status, StreamState
from hub.fleet.absences import tell_of_absences
from hub.fleet.desired import desired_of, touch
from hub.fleet.reported import apply_health, apply_reported, apply_selftest, apply_status
from hub.services import EXTENSION
from hub.store.listen import Listener
from hub.store.models import Device, Lease, database
from hub.store.notify import CAMERA, DEVICE

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def admin(login: Login) -> Api:
    return login("admin")


@pytest.fixture
def camera_id(admin: Api) -> int:
    approved_device("door")
    return camera(admin, device_id="door")


def said(camera_id: int, revision: int = 1, state: CameraState = CameraState.ONLINE, reason: str = "") -> Reported:
    reported = CameraReported(str(camera_id), state, NOW, reason, StreamState.LIVE, 1280, 720, 25.0, "h264")
    return Reported(revision, "0.1.0", (reported,))


def status(admin: Api, camera_id: int) -> dict[str, Any]:
    item = admin.get(f"/api/cameras/{camera_id}").get_json()
    return {**item["status"], "stream": item["stream"]["state"]}


def test_a_camera_comes_up(admin: Api, camera_id: int) -> None:
    assert apply_status("door", Status(True, NOW, "0.1.0"))
    assert status(admin, camera_id)["state"] == "pending"
    assert apply_reported("door", said(camera_id))
    shown = status(admin, camera_id)
    assert shown == {"state": "online", "since": "2024-05-01T12:00:00Z", "reason": "", "stream": "live"}
    assert apply_status("door", Status(False, NOW, "0.1.0"))
    shown = status(admin, camera_id)
    assert (shown["state"], shown["stream"]) == ("online", "stopped")  # a moment is no news
    Device.update(online_since=datetime.now(UTC) - timedelta(seconds=11)).execute()
    assert status(admin, camera_id)["state"] == "offline"
    assert "door is offline" in status(admin, camera_id)["reason"]


def test_an_absence_is_told_of_when_it_has_lasted(admin: Api, camera_id: int, database_url: str) -> None:
    apply_status("door", Status(True, NOW, "0.1.0"))
    apply_status("door", Status(False, NOW, "0.1.0"))
    gone_at = Device.get().online_since
    with Listener(database_url, [DEVICE, CAMERA]) as listener:
        for seconds, expected in ((9, set()), (11, {"door", str(camera_id)}), (20, set())):
            tell_of_absences(gone_at + timedelta(seconds=seconds))
            select.select([listener], [], [], 5.0 if expected else 0.1)
            assert {notice.payload for notice in listener.take()} == expected


def test_a_change_waits_until_the_device_reports_it(admin: Api, camera_id: int) -> None:
    apply_status("door", Status(True, NOW, "0.1.0"))
    apply_reported("door", said(camera_id))
    admin.patch(f"/api/cameras/{camera_id}", json={"name": "New"})
    assert status(admin, camera_id)["state"] == "pending"
    apply_reported("door", said(camera_id))
    assert status(admin, camera_id)["state"] == "pending"
    apply_reported("door", said(camera_id, revision=2))
    assert status(admin, camera_id)["state"] == "online"


def test_starting_a_stream_makes_no_camera_pending(admin: Api, camera_id: int) -> None:
    apply_status("door", Status(True, NOW, "0.1.0"))
    apply_reported("door", said(camera_id))
    touch("door")
    assert status(admin, camera_id)["state"] == "online"


def test_a_reason_is_shown_and_a_missing_camera_is_unknown(admin: Api, camera_id: int) -> None:
    apply_status("door", Status(True, NOW, "0.1.0"))
    apply_reported("door", said(camera_id, state=CameraState.OFFLINE, reason="no route to host"))
    assert status(admin, camera_id)["reason"] == "no route to host"
    apply_reported("door", Reported(1, "0.1.0"))
    assert status(admin, camera_id)["state"] == "unknown"


def test_nobody_speaks_for_another_devices_camera(admin: Api, camera_id: int) -> None:
    approved_device("gate")
    apply_status("door", Status(True, NOW, "0.1.0"))
    apply_reported("door", said(camera_id))
    assert apply_reported("gate", said(camera_id, state=CameraState.OFFLINE))
    assert status(admin, camera_id)["state"] == "online"


@pytest.mark.parametrize("state", ["pending", "preauthorised", "revoked", None])
def test_only_approved_devices_are_heard(app: Flask, admin: Api, state: str | None) -> None:
    if state:
        approved_device("door", state=state)
    health = Health(NOW, 1.0, 2.0, 3.0, 0, 0.0, 100.0)
    heard = [
        apply_reported("door", Reported(1, "x")),
        apply_status("door", Status(True, NOW, "x")),
        apply_health("door", health, NOW),
    ]
    assert heard == [False, False, False]


def test_health_is_kept(admin: Api, camera_id: int) -> None:
    assert apply_health("door", Health(NOW, 1.0, 12.5, 3.0, 4, 0.0, 100.0), NOW)
    kept = admin.get("/api/devices/door/health").get_json()
    assert (kept["health"]["cpu_percent"], kept["health"]["outbox_length"]) == (12.5, 4)
    assert kept["items"] == []
    path = "/api/devices/door/health"
    kept = admin.get(f"{path}?since=2024-05-01T11:00:00Z&until=2024-05-01T13:00:00Z").get_json()
    (item,) = kept["items"]
    assert (kept["step_s"], item["at"], item["cpu_percent"]) == (60, "2024-05-01T12:00:00Z", 12.5)
    assert admin.get(f"{path}?since=2024-05-01T11:00:00Z&until=2024-05-01T11:00:00Z").status_code == 422
    assert admin.get(f"{path}?since=0001-01-01T00:00:00Z").status_code == 200
    assert admin.get(f"{path}?until=0001-01-01T00:00:00Z").status_code == 422


def test_a_self_test_is_kept(admin: Api, camera_id: int) -> None:
    assert admin.get("/api/devices/door").get_json()["selftest"] is None
    assert apply_selftest("door", Selftest(NOW, (Checked("disk", True, "9 MB free"), Checked("camera 1", False, "x"))))
    assert admin.get("/api/devices/door").get_json()["selftest"] == {"at": "2024-05-01T12:00:00Z", "red": ["camera 1"]}
    kept = admin.get("/api/devices/door/health").get_json()["selftest"]
    assert kept["at"] == "2024-05-01T12:00:00Z"
    assert kept["checks"][1] == {"part": "camera 1", "ok": False, "detail": "x"}
    assert not apply_selftest("stranger", Selftest(NOW))


def test_a_limited_user_hears_nothing_of_foreign_cameras(admin: Api, camera_id: int, login: Login) -> None:
    checks = (
        Checked("disk", True),
        Checked(f"camera {camera_id}", True),
        Checked("camera 77", False, "wrong password"),
    )
    apply_selftest("door", Selftest(NOW, checks))
    kept = login("viewer", cameras=[camera_id]).get("/api/devices/door/health").get_json()["selftest"]
    assert [check["part"] for check in kept["checks"]] == ["disk", f"camera {camera_id}"]


def test_a_good_bye_is_told_from_a_loss(admin: Api, camera_id: int) -> None:
    def device() -> dict[str, Any]:
        shown: dict[str, Any] = admin.get("/api/devices/door").get_json()
        return shown

    apply_status("door", Status(True, NOW, "0.1.0"))
    assert (device()["online"], device()["offline_cause"]) == (True, None)
    apply_status("door", Status(False, NOW, "0.1.0"))  # the will: it bears the time when the connection began
    assert device()["offline_cause"] == "lost"
    assert datetime.fromisoformat(device()["online_since"]) > NOW
    apply_status("door", Status(True, NOW, "0.1.0"))
    apply_status("door", Status(False, NOW + timedelta(seconds=60), "0.1.0"))
    assert (device()["offline_cause"], device()["online_since"]) == ("left", "2024-05-01T12:01:00Z")


def test_a_device_ahead_of_a_restored_hub_is_overtaken(app: Flask, admin: Api, camera_id: int) -> None:
    apply_reported("door", said(camera_id, revision=500))
    device = Device.get_by_id("door")
    assert (device.desired_revision, device.reported_revision) == (501, 0)
    wanted = desired_of("door", app.extensions[EXTENSION].sealer)
    assert wanted is not None
    assert wanted.revision == 501


@pytest.mark.parametrize(
    ("enabled", "pin", "leased", "wanted"),
    [
        (True, None, False, False),
        (True, None, True, True),
        (True, "start", False, True),
        (True, "stop", True, False),
        (False, "start", True, False),
    ],
)
def test_who_decides_whether_a_stream_runs(
    app: Flask, admin: Api, camera_id: int, enabled: bool, pin: str | None, leased: bool, wanted: bool
) -> None:
    admin.patch(f"/api/cameras/{camera_id}", json={"enabled": enabled})
    database.execute_sql("UPDATE camera SET pin = %s", (pin,))
    until = "2999-01-01T00:00:00Z" if leased else "2000-01-01T00:00:00Z"
    Lease.insert(camera=camera_id, viewer="somebody", expires_at=until).execute()
    told = desired_of("door", app.extensions[EXTENSION].sealer)
    assert told is not None
    assert told.cameras[0].wanted is wanted
    assert admin.get(f"/api/cameras/{camera_id}").get_json()["stream"]["wanted"] is wanted


def test_a_revoked_device_is_wanted_nothing_of_and_an_unknown_one_not_at_all(
    app: Flask, admin: Api, camera_id: int
) -> None:
    sealer = app.extensions[EXTENSION].sealer
    admin.post("/api/devices/door/revoke")
    told = desired_of("door", sealer)
    assert told is not None
    assert told.cameras == ()
    assert desired_of("absent", sealer) is None
    assert touch("absent") == 0
