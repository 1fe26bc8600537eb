"""A camera's credentials: in the sealed column and on the device's own wire, and nowhere else; the hub opens none."""

import json
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from peewee import PostgresqlDatabase
from people import Api, approved_device, camera, member

from hub.fleet.desired import desired_of
from hub.services import EXTENSION
from hub.store.models import Camera

SECRET = "S3CR3T"


class Camera554:
    """Something that listens where the camera is said to be, and counts who comes."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.callers = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                self.listener.accept()
            except OSError:
                return
            self.callers += 1


@pytest.fixture
def there() -> Iterator[Camera554]:
    place = Camera554()
    yield place
    place.listener.close()


def everything(api: Api, camera_id: int, url: str) -> Iterator[str]:
    """What the hub answers to all that can be done with a camera, well and badly."""
    path = f"/api/cameras/{camera_id}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/api/cameras", None),
        ("GET", path, None),
        ("PATCH", path, {"location": "Hall"}),
        ("PATCH", path, {"settings": {"detect_url": f"{url}/small?key={SECRET}"}}),
        ("PATCH", path, {"settings": {"detect_url": f"http://ann:{SECRET}@cam/small"}}),
        ("PATCH", path, {"source_url": f"{url}#{SECRET}"}),
        ("PATCH", path, {"source_url": f"{url}/2?token={SECRET}"}),
        ("PATCH", path, {"device_id": "nobody"}),
        ("POST", "/api/cameras", {"name": "x", "source_url": f"ftp://ann:{SECRET}@cam/1"}),
        ("POST", "/api/cameras", {"name": "", "source_url": f"{url}/1?{SECRET}"}),
        ("POST", "/api/cameras", {"name": "x", "source_url": f"rtsp://ann:{SECRET}@cam:0/1"}),
        ("POST", "/api/cameras", {"name": "x", "source_url": f"rtsp://ann:{SECRET}@[::1/1"}),
        ("POST", f"{path}/stream/start", None),
        ("POST", f"{path}/stream/watch", None),
        ("GET", "/api/audit", None),
        ("GET", "/api/devices/door", None),
        ("GET", "/metrics", None),
        ("DELETE", path, None),
        ("GET", "/api/audit", None),
    ]
    for method, where, body in calls:
        yield api.call(method, where, json=body).text


def test_credentials_are_nowhere_and_nobody_calls(
    app: Flask, database: PostgresqlDatabase, there: Camera554, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    admin = member(app, "ann", "admin")
    approved_device("door")
    url = f"rtsp://ann:{SECRET}@127.0.0.1:{there.port}"
    with caplog.at_level(logging.DEBUG):
        camera_id = camera(admin, source_url=f"{url}/1?password={SECRET}", device_id="door")
        wanted = desired_of("door", app.extensions[EXTENSION].sealer)
        for answer in everything(admin, camera_id, url):
            assert SECRET not in answer
    assert wanted is not None
    assert SECRET in wanted.cameras[0].source_url, "the device itself needs it"
    assert SECRET not in repr(wanted)
    assert SECRET not in caplog.text
    assert SECRET not in "".join(capfd.readouterr())
    rows = database.execute_sql("SELECT row_to_json(a)::text FROM audit a").fetchall()
    assert rows
    assert SECRET not in json.dumps(rows)
    assert there.callers == 0


def test_what_the_database_keeps_is_sealed(app: Flask, database: PostgresqlDatabase) -> None:
    admin = member(app, "ann", "admin")
    camera(admin, source_url=f"rtsp://ann:{SECRET}@cam/1", settings={"detect_url": f"rtsp://ann:{SECRET}@cam/2"})
    kept = database.execute_sql("SELECT row_to_json(c)::text FROM camera c").fetchone()[0]
    assert SECRET not in kept
    assert SECRET.encode() not in bytes(Camera.get().source_url_sealed)


def test_no_module_of_the_hub_can_open_a_camera() -> None:
    """Only the relay and the demo's scenes know video at all, and none captures it."""
    hub = Path(__file__).parents[2] / "hub"
    sources = {path.relative_to(hub).as_posix(): path.read_text() for path in hub.rglob("*.py")}
    capturing = [name for name, text in sources.items() if "VideoCapture" in text or "import picamera2" in text]
    assert capturing == []
    with_video = {name for name, text in sources.items() if "import av" in text or "from av" in text}
    assert {name.split("/")[0] for name in with_video} <= {"demo", "media"}
