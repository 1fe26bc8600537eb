"""A dashboard that never gives up: it reads the live feed, comes back with its cursor, and counts what it was told."""

import json
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.error import URLError

from chaos.api import ChaosClient
from websocket import WebSocket, WebSocketException, WebSocketTimeoutException, create_connection

from hub.demo.client import ApiError

TIMEOUT_S = 3.0
SILENT_S = 60.0
AGAIN_S = 0.5


@dataclass(slots=True)
class Told:
    """What one dashboard has heard: how often of each visit that it opened and that it closed."""

    opened: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    cursors: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    missed: int = 0


class Dashboard:
    """Reads in a thread of its own until `stop`."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.told = Told()
        self._url = url
        self._login = (username, password)
        self._cursor = "0"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dashboard", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(3 * TIMEOUT_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            with suppress(WebSocketException, ApiError, URLError, OSError, ValueError):
                self._read()
            self._stopping.wait(AGAIN_S)

    def _read(self) -> None:
        client = ChaosClient(self._url)
        client.log_in(*self._login)
        after = f"?after={self._cursor}"
        address = self._url.replace("http", "ws", 1) + f"/api/alerts/live{after}"
        headers = [f"Authorization: Bearer {client.token}"]
        feed: WebSocket = create_connection(address, timeout=TIMEOUT_S, header=headers)
        self.told.connections += 1
        heard_at = time.monotonic()
        try:
            while not self._stopping.is_set() and time.monotonic() - heard_at < SILENT_S:
                with suppress(WebSocketTimeoutException):
                    text = feed.recv()
                    heard_at = time.monotonic()
                    self._hear(json.loads(text), client)
        finally:
            feed.close(timeout=0)

    def _hear(self, message: dict[str, object], client: ChaosClient) -> None:
        if message["type"] == "missed":  # more than is replayed: read the list, as the page does
            self.told.missed += 1
            for item in client.alerts():
                self._note(item, None)
        elif message["type"] == "alert":
            alert = message["alert"]
            assert isinstance(alert, dict)
            self._note(alert, str(message["cursor"]))

    def _note(self, alert: dict[str, object], cursor: str | None) -> None:
        if cursor is not None:
            self._cursor = cursor
            self.told.cursors[cursor] += 1
        if cursor is not None or alert["id"] not in self.told.closed:
            (self.told.closed if alert["closed_at"] else self.told.opened)[str(alert["id"])] += 1
