"""A hub with its dashboard on a scratch database, for tests in a browser: real pages and API, no device, no video."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import cv2
import numpy as np
from flask import Flask
from playwright.sync_api import Page, Route, WebSocketRoute
from werkzeug.serving import make_server

from hub.services import EXTENSION
from hub.settings import Settings
from hub.store import cameras, devices, migrate, processes, users, visits
from hub.store.embedded import EmbeddedPostgres
from hub.store.models import Camera, Device, Process, database
from hub.store.segments import SegmentWriter
from hub.store.visits import VisitRow
from hub.web import create_app

PASSWORD = "correct horse battery"
MOVING_PICTURE = """
export class WhepPlayer {
  constructor(video, { watch, onState }) {
    Object.assign(this, { video, watch, onState });
    (globalThis.players ??= []).push(this);
  }
  async start() {
    this.onState("connecting", "");
    try { await this.watch(); } catch { return; }
    if (this.stopped) return;
    const canvas = Object.assign(document.createElement("canvas"), { width: 160, height: 90 });
    const pen = canvas.getContext("2d");
    let step = 0;
    this.timer = setInterval(() => { pen.fillStyle = `hsl(${step += 7} 80% 40%)`; pen.fillRect(0, 0, 160, 90); }, 100);
    this.video.srcObject = canvas.captureStream(10);
    await this.video.play().catch(() => {});
    if (!this.stopped) this.onState("live", "");
  }
  async stats() { return null; }
  async floating() { return this.video; }
  stop() { this.stopped = true; clearInterval(this.timer); this.video.srcObject = null; this.onState("stopped", ""); }
}
"""


class Site:
    """A running hub; `anna` is admin, `bert` operator, `carla` viewer."""

    def __init__(self, app: Flask, url: str) -> None:
        self.app = app
        self.url = url

    def add_camera(self, name: str, **values: Any) -> int:
        """A camera on the one online device, whose changes are all applied."""
        sealed = self.app.extensions[EXTENSION].sealer.seal("rtsp://ann:s3cret@cam/1?key=k3y")
        row = {"name": name, "source_url_sealed": sealed, "settings": {}, "device": "pi", "state": "online", **values}
        with database.connection_context():
            return cameras.insert(row)

    def add_alert(self, camera_id: int, seconds_ago: float = 0, **values: Any) -> UUID:
        """A closed visit, unless told otherwise."""
        opened = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        row = {"closed_at": opened, "received_at": opened, "faces": 1, "score": 0.9, "box": (10, 10, 40, 40)}
        row |= {"place": None, "picture_sha256": None, **values}
        visit = VisitRow(uuid4(), opened, camera_id=camera_id, device_id="pi", **row)
        with database.connection_context():
            visits.store_visits([visit])
        return visit.id

    def keep_picture(self, jpeg: bytes) -> dict[str, Any]:
        """Store a picture; what an alert that shows it needs."""
        writer = SegmentWriter(self.app.extensions[EXTENSION].settings.data_dir / "pictures")
        (place,) = writer.append([jpeg])
        writer.close()
        return {"place": place, "picture_sha256": sha256(jpeg).digest()}

    def clear(self) -> None:
        """No cameras, no alerts, no devices but the one."""
        with database.connection_context():
            database.execute_sql("TRUNCATE alert")
            Camera.delete().execute()
            Device.delete().where(Device.id != "pi").execute()

    def log_in(self, page: Page, username: str = "anna") -> None:
        """Through the form."""
        page.goto(f"{self.url}/login")
        page.get_by_label("User name").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.url}/")

    def let_in(self, page: Page, username: str = "anna") -> None:
        """The same by one request: the browser has the cookies, no page was loaded."""
        answer = page.request.post(f"{self.url}/api/auth/login", data={"username": username, "password": PASSWORD})
        assert answer.ok


class FakeFeed:
    """The hub's end of the live socket; what pages ask for stands in `urls`."""

    def __init__(self, page: Page) -> None:
        self.urls: list[str] = []
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/api/alerts/live*", self._opened)

    def _opened(self, socket: WebSocketRoute) -> None:
        self.urls.append(socket.url)
        self.sockets.append(socket)

    def tell(self, kind: str, body: dict[str, Any] | str, cursor: str | None = None) -> None:
        """One message on the newest socket."""
        self.sockets[-1].send(json.dumps({"type": kind, kind: body} | ({"cursor": cursor} if cursor else {})))

    def lose(self, page: Page) -> None:
        """The socket is closed; the page comes back."""
        sockets = len(self.sockets)
        self.sockets[-1].close()
        while len(self.sockets) == sockets:  # the pytest timeout bounds the wait
            page.wait_for_timeout(50)

    def tell_all(self, *cameras: dict[str, Any]) -> None:
        """What a page that has come back is told: these cameras are all there are."""
        self.tell("states", "begin")
        for camera in cameras:
            self.tell("camera", camera)
        self.tell("states", "end")


def a_jpeg(width: int = 320, height: int = 180) -> bytes:
    """A grey picture."""
    return cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))[1].tobytes()


def an_alert(camera_id: int, seconds_ago: float = 0, **values: Any) -> dict[str, Any]:
    """An item as the live socket has it, of a visit that goes on."""
    opened = (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat()
    times = {"opened_at": opened, "closed_at": None, "received_at": opened, "delayed_s": 0.2}
    rest = {"faces": 1, "score": 0.91, "box": [1, 2, 3, 4], "snapshot_url": None, "acknowledged_by": None}
    return {"id": str(uuid4()), "camera_id": camera_id, "device_id": "pi", **times, **rest, **values}


def made_before(page: Page, address: str, hours: float) -> None:
    """The next page from an address says of its data that it is some hours old."""

    def older(route: Route) -> None:
        head, mark, rest = route.fetch().text().partition('id="page-data">')
        data, end, tail = rest.partition("</script>")
        told = json.loads(data)
        for place, key in [(told["range"], 0), (told["range"], 1), *([(told, "read_at")] if "read_at" in told else [])]:
            time = datetime.fromisoformat(place[key]) - timedelta(hours=hours)
            place[key] = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        route.fulfill(body=head + mark + json.dumps(told) + end + tail, content_type="text/html")

    page.route(address, older, times=1)


def with_moving_pictures(page: Page) -> None:
    """Video without a media server: the player is replaced by one that paints."""
    page.route("**/js/player.js", lambda route: route.fulfill(body=MOVING_PICTURE, content_type="text/javascript"))


@contextmanager
def running_site(directory: Path, *, is_new: bool = False) -> Iterator[Site]:
    """A hub with three accounts and one device (none, if it is new), on a port of the system's choice."""
    server = EmbeddedPostgres(directory / "postgres", die_with_parent=True)
    url = server.start()
    try:
        migrate.up(url)
        app = create_app(Settings(data_dir=directory / "data", database_url=url))
        if not is_new:
            with database.connection_context():
                _people(app)
        web = make_server("127.0.0.1", 0, app, threaded=True)
        thread = Thread(target=web.serve_forever, daemon=True)
        thread.start()
        try:
            yield Site(app, f"http://127.0.0.1:{web.server_port}")
        finally:
            web.shutdown()
            thread.join()
    finally:
        database.close_all()
        server.stop()


def _people(app: Flask) -> None:
    hashed = app.extensions[EXTENSION].passwords.hashed(PASSWORD)
    for name, role in (("anna", "admin"), ("bert", "operator"), ("carla", "viewer")):
        users.create(name, hashed, role)
    now = datetime.now(UTC)
    device = {"id": "pi", "name": "Front door Pi", "state": "approved", "created_at": now, "approved_at": now}
    beat = {"name": "ingest", "kind": "ingest", "started_at": now, "seen_at": now + timedelta(hours=1), "facts": {}}
    processes.beat(Process(**beat))  # else the hub hears of no device
    devices.insert({**device, "online": True, "online_since": now, "desired_revision": 1, "reported_revision": 10**6})
