"""Devices and how they become ours, over HTTP: tokens, approval, re-flashing, revoking."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from people import Api, Login, approved_device, camera, signing_request
from werkzeug.test import TestResponse

from hub.fleet import broker_lists, enrolment
from hub.store import devices
from hub.store.models import Device


@pytest.fixture
def admin(login: Login) -> Api:
    return login("admin")


def preauthorised(admin: Api, name: str = "Front Door", **more: Any) -> dict[str, Any]:
    answer = admin.post("/api/devices", json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def enrol(app: Flask, csr_pem: str, name: str = "Front Door", token: str | None = None) -> TestResponse:
    body = {"name": name, "csr_pem": csr_pem} | ({"token": token} if token else {})
    return app.test_client().post("/api/enroll", json=body)


def revoked_serials(app: Flask) -> set[int]:
    return {item.serial for item in broker_lists.present(datetime.now(UTC)).certificates}


def serial(answer: TestResponse) -> int:
    return x509.load_pem_x509_certificate(answer.get_json()["certificate_pem"].encode()).serial_number


def test_with_a_token_in_one_step(app: Flask, admin: Api) -> None:
    made = preauthorised(admin)
    assert (made["id"], made["state"]) == ("front-door", "preauthorised")
    assert "token" not in admin.get("/api/devices/front-door").get_json()
    answer = enrol(app, signing_request(), "something else", made["token"])
    assert answer.status_code == 201, answer.text
    body = answer.get_json()
    assert set(body) == {"device_id", "certificate_pem", "ca_pem", "mqtt_url", "media_rtsp_url"}
    assert body["device_id"] == "front-door"
    certificate = x509.load_pem_x509_certificate(body["certificate_pem"].encode())
    assert certificate.subject.rfc4514_string() == "CN=front-door"
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(body["ca_pem"].encode()))
    device = admin.get("/api/devices/front-door").get_json()
    assert (device["state"], device["name"], device["token_expires_at"]) == ("approved", "Front Door", None)


def test_a_token_is_good_once_but_a_lost_answer_can_be_asked_for_again(app: Flask, admin: Api) -> None:
    token, request = preauthorised(admin)["token"], signing_request()
    first = enrol(app, request, token=token)
    assert serial(enrol(app, request, token=token)) == serial(first)
    assert serial(enrol(app, request)) == serial(first)
    assert enrol(app, signing_request(), token=token).status_code == 401


def test_wrong_and_expired_tokens(app: Flask, admin: Api) -> None:
    token = preauthorised(admin)["token"]
    Device.update(token_expires_at=datetime.now(UTC) - timedelta(seconds=1)).execute()
    for wrong in (token, "wrong", token + "x"):
        answer = enrol(app, signing_request(), token=wrong)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
    assert [device["state"] for device in admin.get("/api/devices").get_json()["items"]] == ["preauthorised"]


def test_without_a_token_somebody_must_approve(app: Flask, admin: Api) -> None:
    request = signing_request()
    waiting = enrol(app, request)
    assert waiting.status_code == 202
    assert waiting.get_json()["device_id"] == "front-door"
    assert enrol(app, request).get_json() == waiting.get_json()
    listed = admin.get("/api/devices/front-door").get_json()
    assert (listed["state"], listed["fingerprint"]) == ("pending", waiting.get_json()["fingerprint"])
    assert admin.post("/api/devices/front-door/approve").get_json()["state"] == "approved"
    assert admin.post("/api/devices/front-door/approve").status_code == 409
    assert enrol(app, request).status_code == 201


def test_strangers_cannot_fill_the_hub(app: Flask, admin: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolment, "MAX_PENDING", 2)
    statuses = [enrol(app, signing_request()).status_code for _ in range(4)]
    assert statuses == [202, 202, 429, 429]


def test_the_same_name_twice_gets_a_number(app: Flask, admin: Api) -> None:
    assert [preauthorised(admin)["id"] for _ in range(3)] == ["front-door", "front-door-2", "front-door-3"]
    assert enrol(app, signing_request()).get_json()["device_id"] == "front-door-4"


def test_a_reflashed_card_replaces_the_key_and_keeps_the_cameras(app: Flask, admin: Api) -> None:
    old = enrol(app, signing_request(), token=preauthorised(admin)["token"])
    camera_id = camera(admin)
    made = preauthorised(admin, replace=True)
    assert (made["id"], made["state"]) == ("front-door", "approved")
    assert revoked_serials(app) == set()
    new = enrol(app, signing_request(), token=made["token"])
    assert (new.status_code, new.get_json()["device_id"]) == (201, "front-door")
    assert revoked_serials(app) == {serial(old)}
    shown = admin.get(f"/api/cameras/{camera_id}").get_json()
    assert (shown["device_id"], shown["status"]["state"]) == ("front-door", "pending")


def test_a_revoked_device_is_out_and_its_name_can_be_used_again(app: Flask, admin: Api) -> None:
    request = signing_request()
    old = enrol(app, request, token=preauthorised(admin)["token"])
    camera_id = camera(admin)
    assert admin.post("/api/devices/front-door/revoke").get_json()["state"] == "revoked"
    assert admin.post("/api/devices/front-door/revoke").status_code == 200
    assert revoked_serials(app) == {serial(old)}
    assert enrol(app, request).status_code == 403
    assert "revoked" in admin.get(f"/api/cameras/{camera_id}").get_json()["status"]["reason"]
    again = preauthorised(admin)
    assert (again["id"], again["state"]) == ("front-door", "preauthorised")
    assert enrol(app, signing_request(), token=again["token"]).status_code == 201
    assert revoked_serials(app) == {serial(old)}


def test_a_revoked_token_is_no_token(app: Flask, admin: Api) -> None:
    made = preauthorised(admin)
    admin.post(f"/api/devices/{made['id']}/revoke")
    assert enrol(app, signing_request(), token=made["token"]).status_code == 401


@pytest.mark.parametrize(
    "csr_pem",
    [
        "",
        "x",
        "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----",
        "\x00",
        "x" * 9000,
        "é",
        signing_request(ec.generate_private_key(ec.SECP521R1())),
    ],
)
def test_requests_that_are_refused(app: Flask, admin: Api, csr_pem: str) -> None:
    answer = enrol(app, csr_pem, token=preauthorised(admin)["token"])
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == "body.csr_pem"
    assert Device.select().where(Device.state == "preauthorised").count() == 1


def test_renaming_and_health(admin: Api) -> None:
    approved_device("door", health={"cpu_percent": 12.5}, health_at=datetime(2024, 5, 1, tzinfo=UTC))
    assert admin.patch("/api/devices/door", json={"name": "Türe"}).get_json()["name"] == "Türe"
    health = admin.get("/api/devices/door/health").get_json()
    assert (health["at"], health["health"]) == ("2024-05-01T00:00:00Z", {"cpu_percent": 12.5})
    assert (health["items"], health["selftest"]) == ([], None)
    assert admin.get("/api/devices/absent/health").status_code == 404


def test_limited_users_see_the_devices_of_their_cameras(admin: Api, login: Login) -> None:
    approved_device("door")
    approved_device("gate")
    limited = login("viewer", cameras=[camera(admin, device_id="door")])
    assert [item["id"] for item in limited.get("/api/devices").get_json()["items"]] == ["door"]
    assert limited.get("/api/devices/door").status_code == 200
    assert limited.get("/api/devices/gate").status_code == limited.get("/api/devices/absent").status_code == 404


def test_limited_users_hear_nothing_of_other_cameras_of_a_device(admin: Api, login: Login) -> None:
    approved_device("door")
    seen, hidden = (camera(admin, device_id="door") for _ in range(2))
    checks = [{"part": f"camera {one}", "ok": False, "detail": "refused"} for one in (seen, hidden)]
    checks.append({"part": "disk", "ok": False, "detail": "full"})
    health = {"cpu_percent": 1.0, "cameras": [{"id": str(one), "fps": 5.0} for one in (seen, hidden)]}
    now = datetime(2024, 5, 1, tzinfo=UTC)
    devices.update("door", {"selftest": checks, "selftest_at": now, "health": health, "health_at": now})
    limited = login("viewer", cameras=[seen])
    (listed,) = limited.get("/api/devices").get_json()["items"]
    said = limited.get("/api/devices/door/health").get_json()
    assert listed == limited.get("/api/devices/door").get_json()
    assert listed["selftest"]["red"] == [f"camera {seen}", "disk"]
    assert [check["part"] for check in said["selftest"]["checks"]] == [f"camera {seen}", "disk"]
    assert [one["id"] for one in said["health"]["cameras"]] == [str(seen)]
    everything = admin.get("/api/devices/door").get_json()["selftest"]["red"]
    assert everything == [f"camera {seen}", f"camera {hidden}", "disk"]
    assert admin.get("/api/devices/door/health").get_json()["health"] == health


def test_no_token_in_the_audit_log(app: Flask, admin: Api) -> None:
    made = preauthorised(admin)
    enrol(app, signing_request(), token=made["token"])
    log = admin.get("/api/audit").text
    assert made["token"] not in log
    assert "device.enrol" in log
