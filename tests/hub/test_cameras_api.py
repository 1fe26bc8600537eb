"""Cameras over HTTP: the shape, secrets, settings, devices and what the device is then told."""

from typing import Any

import pytest
from flask import Flask
from people import Api, Login, approved_device, camera

from hub.fleet.desired import desired_of
from hub.services import EXTENSION
from hub.store.models import Audit, Camera, Device

SECRET = "rtsp://ann:S3CRET@10.0.0.5:554/live?token=S3CRET"
MASKED = "rtsp://***:***@10.0.0.5:554/live?***"
IN_PATH = "rtsp://10.0.0.5:554/user=ann&password=S3CRET&channel=1&stream=0.sdp"
IN_PATH_MASKED = "rtsp://10.0.0.5:554/user=***&password=***&channel=1&stream=0.sdp"


@pytest.fixture
def admin(login: Login) -> Api:
    return login("admin")


def wanted_of(app: Flask, device_id: str) -> Any:
    wanted = desired_of(device_id, app.extensions[EXTENSION].sealer)
    assert wanted is not None
    return wanted


def test_a_camera_as_the_contract_has_it(admin: Api) -> None:
    approved_device("door")
    answer = admin.post("/api/cameras", json={"name": "Door", "source_url": SECRET, "location": "hall"})
    assert answer.status_code == 201, answer.text
    item = answer.get_json()
    names = {"id", "name", "source_url", "location", "device_id", "enabled", "settings", "status", "stream"}
    assert names <= set(item)
    assert (item["name"], item["location"], item["enabled"], item["device_id"]) == ("Door", "hall", True, "door")
    assert item["source_url"] == MASKED
    assert item["settings"]["min_score"] == 0.6
    assert {"state", "since", "reason"} <= set(item["status"])
    assert (item["status"]["state"], item["stream"]["wanted"], item["stream"]["state"]) == ("pending", False, "stopped")
    assert admin.get(f"/api/cameras/{item['id']}").get_json() == item
    assert admin.get("/api/cameras").get_json() == {"items": [item]}


def test_the_secret_is_nowhere_but_sealed_and_on_its_way_to_the_device(app: Flask, admin: Api) -> None:
    approved_device("door")
    camera_id = camera(admin, source_url=SECRET)
    assert "S3CRET" not in admin.get(f"/api/cameras/{camera_id}").text
    assert "S3CRET" not in admin.get("/api/audit").text
    row = Camera.get_by_id(camera_id)
    assert b"S3CRET" not in bytes(row.source_url_sealed)
    assert wanted_of(app, "door").cameras[0].source_url == SECRET
    assert "S3CRET" not in repr(wanted_of(app, "door"))


@pytest.mark.parametrize(("secret", "masked"), [(SECRET, MASKED), (IN_PATH, IN_PATH_MASKED)])
def test_patching_with_the_mask_keeps_the_secret(app: Flask, admin: Api, secret: str, masked: str) -> None:
    approved_device("door")
    camera_id = camera(admin, source_url=secret)
    answer = admin.patch(f"/api/cameras/{camera_id}", json={"source_url": masked, "name": "Back"})
    assert answer.get_json()["source_url"] == masked
    assert wanted_of(app, "door").cameras[0].source_url == secret
    stolen = admin.patch(f"/api/cameras/{camera_id}", json={"source_url": masked.replace("10.0.0.5", "evil")})
    assert stolen.status_code == 422
    assert wanted_of(app, "door").cameras[0].source_url == secret


def test_a_new_camera_cannot_be_made_of_a_mask(admin: Api) -> None:
    assert admin.post("/api/cameras", json={"name": "a", "source_url": MASKED}).status_code == 422


def test_every_change_raises_the_revision_and_reaches_the_device(app: Flask, admin: Api) -> None:
    approved_device("door")
    camera_id = camera(admin)
    first = wanted_of(app, "door")
    admin.patch(f"/api/cameras/{camera_id}", json={"settings": {"min_score": 0.9}, "enabled": False})
    second = wanted_of(app, "door")
    assert second.revision == first.revision + 1
    assert (second.cameras[0].settings.min_score, second.cameras[0].enabled) == (0.9, False)
    assert second.cameras[0].settings.rearm_s == 10
    assert admin.delete(f"/api/cameras/{camera_id}").status_code == 204
    third = wanted_of(app, "door")
    assert third.revision == second.revision + 1
    assert third.cameras == ()
    assert admin.get(f"/api/cameras/{camera_id}").status_code == 404


def test_moving_a_camera_tells_both_devices(app: Flask, admin: Api) -> None:
    approved_device("door")
    approved_device("gate")
    camera_id = camera(admin, device_id="door")
    before = {device.id: device.desired_revision for device in Device.select()}
    admin.patch(f"/api/cameras/{camera_id}", json={"device_id": "gate"})
    after = {device.id: device.desired_revision for device in Device.select()}
    assert all(after[name] == before[name] + 1 for name in ("door", "gate"))
    assert wanted_of(app, "door").cameras == ()
    assert len(wanted_of(app, "gate").cameras) == 1
    nobody = admin.patch(f"/api/cameras/{camera_id}", json={"device_id": None}).get_json()
    assert (nobody["device_id"], nobody["status"]["state"]) == (None, "pending")


def test_without_a_device_named_the_only_approved_one_is_taken(admin: Api) -> None:
    body = {"name": "a", "source_url": "picamera://0"}
    assert admin.post("/api/cameras", json=body).get_json()["device_id"] is None
    approved_device("door")
    assert admin.post("/api/cameras", json=body).get_json()["device_id"] == "door"
    approved_device("gate")
    assert admin.post("/api/cameras", json=body).get_json()["device_id"] is None


def test_unknown_and_revoked_devices_are_refused(admin: Api) -> None:
    approved_device("old", state="revoked")
    for name in ("absent", "old"):
        answer = admin.post("/api/cameras", json={"name": "a", "source_url": "picamera://0", "device_id": name})
        assert answer.status_code == 409
        assert answer.get_json()["errors"][0]["field"] == "body.device_id"


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://cam/1",
        "rtsps://u:p@cam:322/1",
        "rtsp://[fe80::1]:554/x",
        "picamera://0",
        "v4l2:///dev/video0",
        "v4l2:///dev/v4l/by-id/usb-cam_1-index0",
        "file:///clips/a.mp4",
        "file:///clips/a%20b.mp4",
    ],
)
def test_addresses_that_are_taken(admin: Api, url: str) -> None:
    assert admin.post("/api/cameras", json={"name": "a", "source_url": url}).status_code == 201


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rtsp://",
        "http://cam/1",
        "rtsp://cam/\n1",
        "rtsp://cam/ 1",
        "file://host/x",
        "file:relative",
        "v4l2:///etc/passwd",
        "v4l2:///dev/video0/../mem",
        "picamera://x",
        "javascript:alert(1)",
        "rtsp://cam/" + "x" * 2048,
        "concat:a|b",
        "rtsp://cam:99999/",
        "RTSP://cam/1",
        "rtsp://cam/\x00",
    ],
)
def test_addresses_that_are_refused(admin: Api, url: str) -> None:
    answer = admin.post("/api/cameras", json={"name": "a", "source_url": url})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == "body.source_url"


def test_a_refused_change_changes_nothing(admin: Api) -> None:
    approved_device("door")
    camera_id = camera(admin)
    before = (admin.get(f"/api/cameras/{camera_id}").get_json(), Device.get_by_id("door").desired_revision)
    for body in ({"settings": {"min_score": 7}, "name": "x"}, {"device_id": "absent", "name": "x"}, {"nam": "x"}):
        assert admin.patch(f"/api/cameras/{camera_id}", json=body).status_code in (409, 422)
    assert (admin.get(f"/api/cameras/{camera_id}").get_json(), Device.get_by_id("door").desired_revision) == before


def test_changes_are_audited_before_and_after(admin: Api) -> None:
    camera_id = camera(admin)
    admin.patch(f"/api/cameras/{camera_id}", json={"name": "New name"})
    admin.delete(f"/api/cameras/{camera_id}")
    rows = list(Audit.select().where(Audit.target == f"camera {camera_id}").order_by(Audit.id))
    assert [row.action for row in rows] == ["camera.create", "camera.change", "camera.delete"]
    assert (rows[1].before["name"], rows[1].after["name"], rows[1].actor) == ("Door", "New name", "admin-all")


def test_limited_users_see_their_cameras_only(admin: Api, login: Login) -> None:
    mine, foreign = camera(admin, name="Mine"), camera(admin, name="Foreign")
    limited = login("operator", cameras=[mine])
    assert [item["id"] for item in limited.get("/api/cameras").get_json()["items"]] == [mine]
    assert limited.get(f"/api/cameras/{mine}").status_code == 200
    absent = limited.get(f"/api/cameras/{foreign + 100}")
    hidden = limited.get(f"/api/cameras/{foreign}")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.get_json()["detail"] == f"no camera {foreign}"
    assert login("viewer", cameras=[]).get("/api/cameras").get_json() == {"items": []}
