"""Health, metrics, headers and the API's own description."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from people import PASSWORD, Login, approved_device, camera

from hub.housekeeping import Housekeeping
from hub.jobs import run_due
from hub.services import EXTENSION
from hub.settings import Settings
from hub.store import devices, migrate, processes
from hub.store.keeping import Limits
from hub.store.models import Process, database
from hub.store.segments import SegmentFiles
from hub.web import create_app


def test_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    said("ingest")
    checks = {"database": "ok", "migrations": "ok", "broker": "ok", "disk": "ok"}
    assert client.get("/readyz").get_json() == {"status": "ready", "checks": checks}


def said(kind: str, seen_at: datetime | None = None, **facts: object) -> None:
    """A process of the hub has said how it does."""
    now = seen_at or datetime.now(UTC)
    processes.beat(Process(name=f"{kind}@here", kind=kind, started_at=now, seen_at=now, facts=facts))


@pytest.mark.parametrize(
    ("facts", "age_s", "reason"),
    [
        ({"broker_trouble": "the broker cannot be reached: refused"}, 0, "the broker cannot be reached: refused"),
        ({}, 60, "ingest does not run"),
    ],
)
def test_not_ready_without_a_broker(client: FlaskClient, facts: dict[str, object], age_s: int, reason: str) -> None:
    said("ingest", datetime.now(UTC) - timedelta(seconds=age_s), **facts)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["broker"]) == (503, reason)


def test_the_system_tells_what_people_should_know(login: Login) -> None:
    viewer = login("viewer")
    told = viewer.get("/api/system").get_json()
    assert [trouble["what"] for trouble in told["troubles"]] == ["ingest_silent", "jobs_silent"]
    assert told["broker"] == {"connected": False, "reason": "ingest does not run"}
    said("ingest", pictures_kept=False, pictures_shed=3, free_bytes=7, total_bytes=9)
    said("jobs", picture_bytes=5, picture_segments=2, database_bytes=11)
    told = viewer.get("/api/system").get_json()
    assert [trouble["what"] for trouble in told["troubles"]] == ["pictures_shed"]
    assert told["disk"] == {"free_bytes": 7, "total_bytes": 9}
    assert told["pictures"] == {"kept": False, "bytes": 5, "segments": 2, "shed": 3}
    assert (told["broker"], told["database_bytes"]) == ({"connected": True, "reason": ""}, 11)
    assert [(process["name"], process["silent"]) for process in told["processes"]] == [
        ("ingest@here", False),
        ("jobs@here", False),
    ]


def test_a_job_that_fails_is_told_by_its_name(
    app: Flask, login: Login, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_pictures: object) -> None:
        raise OSError("the bucket does not answer")

    monkeypatch.setattr(SegmentFiles, "segments", away)
    jobs = Housekeeping(database.obj, SegmentFiles(tmp_path), Limits(), 1).jobs()
    now = datetime.now(UTC)
    with database.connection_context():
        run_due(jobs, 0.0, now)
        run_due(jobs, 10.0, now)
    said("ingest")
    api = login("viewer")
    (told,) = api.get("/api/system").get_json()["troubles"]
    assert told == {"what": "job_fails", "text": "Something fails that the hub does by the clock: old pictures, sizes."}
    monkeypatch.undo()
    with database.connection_context():
        run_due(jobs, 100.0, now)
        run_due(jobs, 110.0, now)
    assert api.get("/api/system").get_json()["troubles"] == []


def test_a_guard_that_fell_silent_is_told_until_another_speaks(app: Flask, login: Login) -> None:
    viewer, now = login("viewer"), datetime.now(UTC)
    for kind in ("ingest", "jobs", "guard"):
        said(kind)
    assert viewer.get("/api/system").get_json()["troubles"] == []
    said("guard", now - timedelta(days=3))
    said("jobs", now - timedelta(days=3))
    with app.app_context(), database.connection_context():
        assert processes.forget_silent(now) == 0
        processes.beat(Process(name="jobs@elsewhere", kind="jobs", started_at=now, seen_at=now))
        assert processes.forget_silent(now) == 1
    told = viewer.get("/api/system").get_json()
    assert [trouble["what"] for trouble in told["troubles"]] == ["guard_silent"]
    assert [process["name"] for process in told["processes"]] == ["ingest@here", "jobs@elsewhere", "guard@here"]


def test_an_admin_sets_how_long_things_are_kept(app: Flask, login: Login) -> None:
    admin = login("admin")
    nothing = {"alert_days": 0, "alert_gb": 0, "picture_days": 0, "picture_gb": 0}
    assert admin.get("/api/retention").get_json() == nothing
    changed = {**nothing, "alert_days": 365, "picture_gb": 20}
    assert admin.patch("/api/retention", json={"alert_days": 365, "picture_gb": 20}).get_json() == changed
    changed["alert_days"] = 30
    assert admin.patch("/api/retention", json={"alert_days": 30}).get_json() == changed
    assert admin.patch("/api/retention", json={"alert_days": -1}).status_code == 422
    assert admin.get("/api/audit?action=retention.change").get_json()["items"][0]["after"] == changed
    assert login("viewer").get("/api/retention").get_json() == changed


def test_not_ready_without_a_database(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(database.obj.connect_params, "port", 1)
    database.obj.close_all()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["database"] == "does not answer"
    assert client.get("/healthz").status_code == 200
    refused = client.post("/api/auth/login", json={"username": "a", "password": "b"})
    assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")


def test_metrics_count_by_route_and_state(client: FlaskClient, login: Login) -> None:
    admin = login("admin")
    approved_device("door", online=True)
    camera(admin)
    admin.get("/api/cameras/1")
    said("ingest", visits=5, lag_s=0.25)
    health = {"outbox_length": 4, "temperature_c": None, "cameras": [{"id": "1", "inference_ms": 2.5}]}
    devices.update("door", {"health": health, "health_at": datetime.now(UTC)})
    text = client.get("/metrics").text
    assert "watchpost_ingest_visits_total 5.0" in text
    assert "watchpost_ingest_lag_seconds 0.25" in text
    assert "watchpost_broker_connected 1.0" in text
    assert "watchpost_live_sockets 0.0" in text
    assert 'watchpost_device_outbox_messages{device="door"} 4.0' in text
    assert 'watchpost_device_temperature_celsius{device="door"}' not in text
    assert 'watchpost_camera_inference_milliseconds{camera="1",device="door"} 2.5' in text
    assert 'watchpost_http_requests_total{method="GET",route="/api/cameras/<id:camera_id>",status="200"} 1.0' in text
    assert 'watchpost_devices{state="approved"} 1.0' in text
    assert 'watchpost_cameras{state="unknown"} 1.0' in text
    assert "watchpost_devices_online 1.0" in text


@pytest.mark.parametrize(("headers", "peer"), [({"X-Forwarded-For": "10.0.0.1"}, "127.0.0.1"), ({}, "10.0.0.1")])
def test_metrics_are_not_for_strangers(client: FlaskClient, headers: dict[str, str], peer: str) -> None:
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == 401


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/healthz", "/api/cameras", "/api/nope", "/nope"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
    assert client.get("/api/cameras").headers["Cache-Control"] == "no-store"


def test_the_description_covers_every_route_and_every_reference_resolves(app: Flask, client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    missing = set()
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for converter in ("id:", "device:", "uuid:"):
            path = path.replace(f"<{converter}", "{").replace(">", "}")
        hidden = path.startswith(("/api/docs", "/api/openapi", "/api/media/auth", "/api/alerts/live"))
        if path.startswith("/api/") and not hidden and path not in document["paths"]:
            missing.add(path)
    assert missing == set()
    schemas = document["components"]["schemas"]
    for name in _references(document):
        assert name in schemas
    created = document["paths"]["/api/cameras"]["post"]
    assert list(created["responses"]["422"]["content"]) == ["application/problem+json"]
    assert created["security"] == [{"bearer": ["cameras:write"]}, {"cookie": []}]
    assert document["paths"]["/api/auth/login"]["post"]["security"] == []


def _references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"].rsplit("/", 1)[1]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_references(item) for item in value.values()))
    return set().union(*(_references(item) for item in value)) if isinstance(value, list) else set()


def test_the_page_for_people_needs_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/api/docs").text
    assert "/api/cameras/{camera_id}" in page
    assert "CameraNew" in page
    assert "://" not in page.replace("rtsp://", "").replace("file://", "").replace("picamera://", "")
    assert "<script" not in page
    assert client.get("/api/docs/static/docs.css").status_code == 200


def test_secrets_are_private_files(app: Flask) -> None:
    directory: Path = app.extensions[EXTENSION].settings.secrets_dir
    files = list(directory.iterdir())
    assert {path.name for path in files} >= {"ca.key", "ca.pem", "jwt.pem", "sealing.keys"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in [directory, *files])


def test_a_pending_migration_is_not_ready(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    states = [migrate.MigrationState("0009_later", None)]
    monkeypatch.setattr(migrate, "status", lambda _url: states)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "0009_later" in answer.get_json()["checks"]["migrations"]


def test_a_trusted_proxy_tells_the_address(settings: Settings, app: Flask, login: Login) -> None:
    admin = login("admin", name="ann")
    behind = create_app(replace(settings, trusted_proxies=1)).test_client()
    body = {"username": "ann", "password": PASSWORD}
    behind.post("/api/auth/login", json=body, headers={"X-Forwarded-For": "6.6.6.6, 10.0.0.7"})
    assert admin.get("/api/audit").get_json()["items"][0]["address"] == "10.0.0.7"


def test_an_unwatched_proxy_is_not_believed(app: Flask, login: Login) -> None:
    login("admin", name="ann")
    browser = app.test_client()
    body = {"username": "ann", "password": "wrong"}
    for number in range(12):
        answer = browser.post("/api/auth/login", json=body, headers={"X-Forwarded-For": f"10.0.0.{number}"})
    assert answer.status_code == 429
