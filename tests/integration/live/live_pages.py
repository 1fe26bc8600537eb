"""A running hub, and pages that listen to it."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from websocket import WebSocket, WebSocketTimeoutException, create_connection

from hub.store.embedded import EmbeddedPostgres
from hub.store.visits import VisitRow

PATIENCE_S = 15.0
PASSWORD = "correct horse battery"
PROGRAM = str(Path(sys.executable).with_name("watchpost-hub"))


@dataclass
class Page:
    """A dashboard's live feed."""

    socket: WebSocket
    heard: list[dict[str, Any]] = field(default_factory=list)

    def next(self, kind: str = "alert") -> dict[str, Any]:
        """The next message of a kind."""
        while (message := self.hear())["type"] != kind:
            pass
        return message

    def hear(self) -> dict[str, Any]:
        """The next message of all."""
        text = self.socket.recv()
        assert text, "closed"
        message: dict[str, Any] = json.loads(text)
        self.heard.append(message)
        return message

    def silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes for a while."""
        self.socket.settimeout(seconds)
        try:
            return not self.socket.recv()
        except WebSocketTimeoutException:
            return True
        finally:
            self.socket.settimeout(PATIENCE_S)


@dataclass
class Served:
    """The running hub."""

    url: str
    database_url: str
    data_dir: Path
    server: EmbeddedPostgres
    process: subprocess.Popen[bytes]
    admin: dict[str, Any] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token or self.admin:
            headers["Authorization"] = f"Bearer {token or self.admin['access_token']}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.loads(answer.read() or b"null")

    def login(self, username: str) -> dict[str, Any]:
        tokens: dict[str, Any] = self.call("POST", "/api/auth/login", {"username": username, "password": PASSWORD})
        return tokens

    def listen(self, query: str = "", token: str | None = None, **options: Any) -> Page:
        headers = options.pop("header", None)
        if headers is None:
            headers = [f"Authorization: Bearer {token or self.admin['access_token']}"]
        url = self.url.replace("http://", "ws://") + "/api/alerts/live" + query
        return Page(create_connection(url, timeout=PATIENCE_S, header=headers, **options))

    def camera(self, name: str = "Door") -> int:
        body = {"name": name, "source_url": "rtsp://camera/1"}
        return int(self.call("POST", "/api/cameras", body)["id"])


START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def visit(camera_id: int = 1, number: int = 0, visit_id: UUID | None = None, closed: bool = False) -> VisitRow:
    opened = START + timedelta(seconds=number)
    return VisitRow(
        id=visit_id or uuid4(),
        opened_at=opened,
        closed_at=opened + timedelta(seconds=5) if closed else None,
        received_at=opened + timedelta(seconds=1),
        camera_id=camera_id,
        device_id="door",
        faces=1,
        score=0.9,
        box=(1.0, 2.0, 3.0, 4.0),
        place=None,
        picture_sha256=None,
    )


Store = Callable[..., None]


def await_up(hub: Served) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            hub.call("GET", "/healthz")
            return
        except (urllib.error.URLError, OSError):
            assert hub.process.poll() is None, (hub.data_dir / "web.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
