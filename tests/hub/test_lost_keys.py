"""Cameras whose addresses no key at hand opens: shown, said so, given their address again, or deleted."""

from pathlib import Path

import pytest
from flask import Flask
from people import Api, Login, approved_device, camera

from hub.fleet.desired import desired_of
from hub.live.states import all_states
from hub.secrets import Sealer
from hub.services import EXTENSION
from hub.store.models import Camera

ADDRESS = "rtsp://ann:pw@cam/2"
MASKED = "rtsp://***:***@cam/2"


@pytest.fixture
def admin(login: Login) -> Api:
    approved_device("door", online=True)
    return login("admin")


@pytest.fixture
def strangers(tmp_path: Path) -> Sealer:
    """The sealer of another hub."""
    return Sealer.open(tmp_path / "another")


@pytest.fixture
def closed(admin: Api, strangers: Sealer) -> int:
    """A camera whose address was sealed with a key that is lost."""
    camera_id = camera(admin)
    Camera.update(source_url_sealed=strangers.seal(ADDRESS)).where(Camera.id == camera_id).execute()
    return camera_id


def wanted(app: Flask) -> list[str]:
    """The addresses that the device is told."""
    desired = desired_of("door", app.extensions[EXTENSION].sealer)
    assert desired is not None
    return [each.source_url for each in desired.cameras]


def test_it_is_shown_with_the_reason_and_hides_no_other(app: Flask, admin: Api, closed: int) -> None:
    other = camera(admin, name="Other")
    items = {item["id"]: item for item in admin.get("/api/cameras").get_json()["items"]}
    assert items[closed]["source_url"] == ""
    assert items[closed]["status"]["state"] == "offline"
    assert "type it again" in items[closed]["status"]["reason"]
    assert items[other]["source_url"] == "rtsp://***:***@cam/1"
    assert "type it again" in admin.get("/cameras").text
    for page in ("/", "/alerts", f"/cameras/{closed}"):
        assert admin.get(page).status_code == 200
    with app.app_context():
        assert any(b"type it again" in message.frame for message in all_states())
    assert wanted(app) == ["rtsp://ann:pw@cam/1"]


def test_it_is_given_its_address_again(app: Flask, admin: Api, closed: int) -> None:
    path = f"/api/cameras/{closed}"
    assert admin.patch(path, json={"name": "Gate", "enabled": True}).get_json()["source_url"] == ""
    assert wanted(app) == []
    assert admin.patch(path, json={"source_url": MASKED}).status_code == 422
    repaired = admin.patch(path, json={"source_url": ADDRESS}).get_json()
    assert (repaired["name"], repaired["source_url"], repaired["status"]["state"]) == ("Gate", MASKED, "pending")
    assert wanted(app) == [ADDRESS]


def test_its_address_can_be_tried_and_it_can_be_deleted(admin: Api, closed: int) -> None:
    asked = admin.post("/api/devices/door/commands", json={"action": "probe", "camera_id": closed, "url": ADDRESS})
    assert asked.status_code == 202
    asked = admin.post("/api/devices/door/commands", json={"action": "probe", "camera_id": closed})
    assert asked.status_code == 422
    assert admin.delete(f"/api/cameras/{closed}").status_code == 204
    assert admin.get("/api/cameras").get_json() == {"items": []}


def test_a_second_stream_that_stays_closed_is_kept_until_it_is_given_again(
    app: Flask, admin: Api, strangers: Sealer
) -> None:
    path = f"/api/cameras/{camera(admin)}"
    sealed = strangers.seal("rtsp://ann:pw@cam/low").decode()
    Camera.update(settings={**Camera.get().settings, "detect_url": sealed}).execute()
    shown = admin.patch(path, json={"settings": {"min_score": 0.7}}).get_json()
    assert (shown["settings"]["min_score"], shown["settings"]["detect_url"]) == (0.7, "")
    assert "second stream" in shown["status"]["reason"]
    assert Camera.get().settings["detect_url"] == sealed
    assert wanted(app) == []
    mended = admin.patch(path, json={"settings": {"detect_url": ""}}).get_json()
    assert "second stream" not in mended["status"]["reason"]
    assert wanted(app) == ["rtsp://ann:pw@cam/1"]
