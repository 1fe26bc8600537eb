"""Start, stop and watch over HTTP, and the hook that media servers call."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from flask import Flask
from people import Api

from hub.services import EXTENSION
from hub.store.models import Audit, Camera, Device

HOOK = "/api/media/auth"


@pytest.fixture
def camera_id(app: Flask) -> int:
    now = datetime.now(UTC)
    Device.insert(id="door", name="Door", state="approved", created_at=now, online=True).execute()
    return int(
        Camera.insert(name="Door", source_url_sealed=b"", device="door", created_at=now, updated_at=now).execute()
    )


def test_a_viewer_watches_and_gets_a_token_for_that_path_alone(
    app: Flask, login: Callable[..., Api], camera_id: int
) -> None:
    answer = login("viewer").post(f"/api/cameras/{camera_id}/stream/watch")
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["whep_url"], body["lease_s"], body["state"]) == (f"/media/{camera_id}/whep", 15, "starting")
    claims = jwt.decode(body["token"], options={"verify_signature": False})
    assert (claims["aud"], claims["action"], claims["path"]) == ("watchpost-media", "read", str(camera_id))
    assert claims["exp"] - claims["iat"] <= 300

    ask = {"action": "read", "path": str(camera_id), "token": body["token"], "protocol": "webrtc", "id": None}
    client = app.test_client()
    assert client.post(HOOK, json=ask).status_code == 204
    assert client.post(HOOK, json={**ask, "path": "9"}).status_code == 401
    assert client.post(HOOK, json={**ask, "token": "", "password": body["token"]}).status_code == 204
    assert client.post(HOOK, json={**ask, "aNewField": [1]}).status_code == 204


@pytest.mark.parametrize(
    "body", [{}, {"action": 1}, {"action": "read", "path": None}, {"action": "read", "token": "x" * 5000}, []]
)
def test_the_hook_refuses_what_it_cannot_read(app: Flask, body: object) -> None:
    assert app.test_client().post(HOOK, json=body).status_code == 422


def test_the_hook_refuses_the_empty_first_request_of_an_rtsp_client(app: Flask) -> None:
    ask = {"ip": "127.0.0.1", "user": "", "password": "", "token": "", "action": "publish", "path": "1"}
    assert app.test_client().post(HOOK, json=ask).status_code == 401
    odd = jwt.encode({"sub": "a\x00b"}, "x" * 40)
    assert app.test_client().post(HOOK, json={**ask, "token": odd}).status_code == 401


def test_operators_start_stop_and_take_back_and_it_is_written_down(login: Callable[..., Api], camera_id: int) -> None:
    operator = login("operator")
    path = f"/api/cameras/{camera_id}/stream"
    assert operator.post(f"{path}/start").get_json()["state"] == "starting"
    stopped = operator.post(f"{path}/stop").get_json()
    assert (stopped["state"], stopped["reason"]) == ("stopped", "stopped by operator-all")
    assert operator.post(f"{path}/watch").get_json()["state"] == "stopped"
    assert operator.post(f"{path}/auto").status_code == 200
    actions = [entry.action for entry in Audit.select().where(Audit.target == f"camera {camera_id}").order_by(Audit.id)]
    assert actions == ["stream.start", "stream.stop", "stream.auto"]


def test_viewers_only_watch_and_only_what_they_may_see(login: Callable[..., Api], camera_id: int) -> None:
    viewer = login("viewer")
    for action in ("start", "stop", "auto"):
        assert viewer.post(f"/api/cameras/{camera_id}/stream/{action}").status_code == 403
    stranger = login("operator", cameras=[])
    for action in ("watch", "start", "stop", "auto"):
        assert stranger.post(f"/api/cameras/{camera_id}/stream/{action}").status_code == 404
    assert viewer.post("/api/cameras/999/stream/watch").status_code == 404


def test_strangers_get_nothing(app: Flask, camera_id: int) -> None:
    for action in ("watch", "start", "stop", "auto"):
        assert app.test_client().post(f"/api/cameras/{camera_id}/stream/{action}").status_code == 401


def test_what_screens_tell_shows_at_the_camera_the_slowest_of_late(
    app: Flask, login: Callable[..., Api], camera_id: int
) -> None:
    viewer = login("viewer")
    sealed = app.extensions[EXTENSION].sealer.seal("rtsp://cam/1")
    Camera.update(source_url_sealed=sealed).where(Camera.id == camera_id).execute()

    def tell(p50_ms: float, p95_ms: float) -> dict[str, float]:
        body = {"width": 640, "screen": {"p50_ms": p50_ms, "p95_ms": p95_ms}}
        assert viewer.post(f"/api/cameras/{camera_id}/stream/watch", json=body).status_code == 200
        shown: dict[str, float] = viewer.get(f"/api/cameras/{camera_id}").get_json()["stream"]["screen"]
        return shown

    assert viewer.get(f"/api/cameras/{camera_id}").get_json()["stream"]["screen"] is None
    assert tell(180, 240.5)["p95_ms"] == 240.5
    assert tell(90, 120)["p95_ms"] == 240.5
    name = f'watchpost_camera_glass_to_screen_milliseconds_p95{{camera="{camera_id}",device="door"}}'
    assert f"{name} 240.5" in app.test_client().get("/metrics").text
    long_ago = datetime.now(UTC) - timedelta(minutes=2)
    Camera.update(screen_at=long_ago).where(Camera.id == camera_id).execute()
    assert name not in app.test_client().get("/metrics").text
    assert tell(90, 120)["p95_ms"] == 120


@pytest.mark.parametrize("screen", [{"p50_ms": 1}, {"p50_ms": -1, "p95_ms": 1}, {"p50_ms": 1, "p95_ms": 1e9}, 7])
def test_what_no_screen_can_have_measured_is_refused(login: Callable[..., Api], camera_id: int, screen: object) -> None:
    answer = login("viewer").post(f"/api/cameras/{camera_id}/stream/watch", json={"screen": screen})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"].startswith("body.screen")
