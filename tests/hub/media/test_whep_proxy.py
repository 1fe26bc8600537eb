"""Signalling through the hub: what goes on to the media server, what comes back, and what is held off."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from peewee import PostgresqlDatabase

from hub.media import whep_proxy
from hub.settings import Settings
from hub.web import create_app

SESSION = "8f14e45f-ceea-467a-9575-000000000001"


@dataclass
class MediaServer:
    """Answers as it is told and remembers what it was asked."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"answer"
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def media() -> Iterator[MediaServer]:
    told = MediaServer()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told.asked.append((self.command, self.path, dict(self.headers), body))
            self.send_response(told.status)
            for name, value in {**told.headers, "Content-Length": str(len(told.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body)

        do_POST = do_PATCH = do_DELETE = do_OPTIONS = answer

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def hub(settings: Settings, database: PostgresqlDatabase, media: MediaServer) -> Flask:
    return create_app(replace(settings, media_whep_url=media.url))


def test_an_offer_and_its_session(hub: Flask, media: MediaServer) -> None:
    media.headers = {"Location": f"/7/whep/{SESSION}?x=1", "Content-Type": "application/sdp", "Set-Cookie": "a=b"}
    headers = {"Authorization": "Bearer t", "Content-Type": "application/sdp", "Cookie": "session=secret"}
    answer = hub.test_client().post("/media/7/whep", data=b"offer", headers=headers)
    assert (answer.status_code, answer.data) == (201, b"answer")
    assert answer.headers["Location"] == f"/media/7/whep/{SESSION}"
    assert answer.headers["Content-Type"] == "application/sdp"
    assert "Set-Cookie" not in answer.headers
    method, path, passed, body = media.asked[0]
    assert (method, path, body, passed["Authorization"]) == ("POST", "/7/whep", b"offer", "Bearer t")
    assert "Cookie" not in passed

    media.status, media.body, media.headers = 204, b"", {}
    assert hub.test_client().patch(f"/media/7/whep/{SESSION}", data=b"candidates").status_code == 204
    media.status = 200
    assert hub.test_client().delete(f"/media/7/whep/{SESSION}").status_code == 200
    assert [(method, path) for method, path, *_ in media.asked[1:]] == [
        ("PATCH", f"/7/whep/{SESSION}"),
        ("DELETE", f"/7/whep/{SESSION}"),
    ]


@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_refusals_come_back_as_they_are(hub: Flask, media: MediaServer, status: int) -> None:
    media.status = status
    assert hub.test_client().post("/media/7/whep", data=b"offer").status_code == status


@pytest.mark.parametrize("location", ["http://evil.test/7/whep/..%2f", "/7/whep/", "//x/../", "javascript:1"])
def test_an_odd_location_is_not_passed_on(hub: Flask, media: MediaServer, location: str) -> None:
    media.headers = {"Location": location}
    found = hub.test_client().post("/media/7/whep", data=b"offer").headers.get("Location", "")
    assert found in ("", "/media/7/whep/javascript")


@pytest.mark.parametrize("path", ["/media/x/whep", "/media/07/whep", "/media/0/whep", "/media/7/../8/whep", "/media/7"])
def test_only_camera_ids_are_paths(hub: Flask, media: MediaServer, path: str) -> None:
    assert hub.test_client().post(path, data=b"offer").status_code == 404
    assert media.asked == []


def test_long_bodies_and_odd_sessions_stay_here(hub: Flask, media: MediaServer) -> None:
    assert hub.test_client().post("/media/7/whep", data=b"x" * (whep_proxy.SDP_LIMIT + 1)).status_code == 422
    assert hub.test_client().delete("/media/7/whep/a%2e%2e").status_code == 422
    assert media.asked == []


def test_a_media_server_that_is_away_or_talks_too_much_is_503(
    hub: Flask, media: MediaServer, settings: Settings
) -> None:
    media.body = b"x" * (whep_proxy.SDP_LIMIT + 1)
    assert hub.test_client().post("/media/7/whep", data=b"offer").status_code == 503
    away = create_app(replace(settings, media_whep_url="http://127.0.0.1:1"))
    assert away.test_client().post("/media/7/whep", data=b"offer").status_code == 503


def test_only_so_many_offers_wait_at_once(hub: Flask, media: MediaServer) -> None:
    for _ in range(whep_proxy.AT_ONCE):
        whep_proxy._slots.acquire()
    try:
        assert hub.test_client().post("/media/7/whep", data=b"offer").status_code == 503
    finally:
        for _ in range(whep_proxy.AT_ONCE):
            whep_proxy._slots.release()
    assert hub.test_client().post("/media/7/whep", data=b"offer").status_code == 201
