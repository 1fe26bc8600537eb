"""The web process as a process: it comes up, refuses a taken port in one line, and stops in time."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
import websocket
from ports import free_port

from hub.errors import PortTaken
from hub.settings import Settings
from hub.store import migrate
from hub.web import listen

UP_S = 30.0


def started(settings: Settings, port: int) -> subprocess.Popen[str]:
    environ = {
        **os.environ,
        "WATCHPOST_DATABASE_URL": settings.database_url,
        "WATCHPOST_DATA_DIR": str(settings.data_dir),
    }
    command = [sys.executable, "-c", "from hub.cli import main; main(['serve'])"]
    environ["WATCHPOST_BIND"] = f"127.0.0.1:{port}"
    return subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def server(settings: Settings, database: object, port: int) -> Iterator[subprocess.Popen[str]]:
    process = started(settings, port)
    deadline = time.monotonic() + UP_S
    while not answers(port):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield process
    process.terminate()
    process.communicate()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def live_sockets(port: int, count: int) -> list[websocket.WebSocket]:
    base, body = f"http://127.0.0.1:{port}/api/auth", b'{"username": "ann", "password": "correct horse"}'
    for path in ("signup", "login"):
        request = urllib.request.Request(f"{base}/{path}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            told = json.load(answer)
    header = [f"Authorization: Bearer {told['access_token']}"]
    url = f"ws://127.0.0.1:{port}/api/alerts/live"
    return [websocket.create_connection(url, header=header, timeout=10) for _ in range(count)]


def test_comes_up_and_stops_cleanly_with_connections_open(server: subprocess.Popen[str], port: int) -> None:
    live = live_sockets(port, 3)
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
    half = socket.create_connection(("127.0.0.1", port))
    half.sendall(
        b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    kept = socket.create_connection(("127.0.0.1", port))
    kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    head = kept.recv(4096).decode().lower()
    assert "gunicorn" not in head
    server.send_signal(signal.SIGTERM)
    _, log = server.communicate(timeout=10)
    assert server.returncode == 0
    assert "Traceback" not in log
    assert all(json.loads(line) for line in log.splitlines())
    for connection in (*idle, half, kept, *live):
        connection.close()


POST = "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = f"{POST}Transfer-Encoding: chunked\r\n\r\n"
BROKEN = [
    (413, f"{POST}Content-Length: 4000000\r\n\r\n" + "x" * 4_000_000),
    (413, CHUNKED + ("10000\r\n" + "x" * 65536 + "\r\n") * 40 + "0\r\n\r\n"),
    (400, f"{CHUNKED}zz\r\n\r\n"),
    (415, f"{POST}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{{}}"),
    (400, f"{POST}Content-Length: -1\r\n\r\n"),
    (400, f"{POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (400, "get /api/cameras HTTP/1.1\r\nHost: x\r\n\r\n"),
    (400, "GET /api/cameras/\xff HTTP/1.1\r\nHost: x\r\n\r\n"),
    (400, "GET /alerts?location=\xff HTTP/1.1\r\nHost: x\r\n\r\n"),
    (400, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: a\nb\r\n\r\n"),
    (414, f"GET /api/alerts?cursor={'x' * 20000} HTTP/1.1\r\nHost: x\r\n\r\n"),
    (431, "GET /healthz HTTP/1.1\r\nHost: x\r\n" + "X-A: 1\r\n" * 200 + "\r\n"),
    (404, "GET /api/../healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
]


def test_what_is_no_sound_request_gets_a_problem_and_leaves_no_trace(server: subprocess.Popen[str], port: int) -> None:
    for status, request in BROKEN:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(request.encode("latin-1"))
            with connection.makefile("rb") as answer:
                assert answer.readline().split()[1] == str(status).encode(), request[:200]
                headers = dict(line.split(b": ", 1) for line in iter(answer.readline, b"\r\n"))
                body = json.loads(answer.read(int(headers[b"Content-Length"])))
        assert headers[b"Content-Type"] == b"application/problem+json\r\n"
        assert body["status"] == status
    assert answers(port)
    server.terminate()
    _, log = server.communicate(timeout=10)
    assert "Traceback" not in log


def test_a_taken_port_is_one_clear_line(settings: Settings, database: object, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        process = started(settings, port)
        _, log = process.communicate(timeout=30)
    assert process.returncode == 1
    assert log == f"Error: cannot listen on 127.0.0.1:{port}: address already in use\n"


@pytest.mark.parametrize("bind", ["127.0.0.1:0", "localhost:0", "[::1]:0"])
def test_addresses_to_listen_on(bind: str) -> None:
    listen(bind).close()


@pytest.mark.parametrize("bind", ["192.0.2.1:8080", "no-such-host.invalid:8080"])
def test_addresses_that_are_not_ours(bind: str) -> None:
    with pytest.raises(PortTaken, match="cannot listen on"):
        listen(bind)


def test_a_structure_that_is_not_ours_is_refused_at_the_start(settings: Settings, database: object, port: int) -> None:
    with migrate.session(settings.database_url) as shared:
        shared.execute_sql("CREATE INDEX stranger ON camera (name)")
    try:
        process = started(settings, port)
        _, told = process.communicate(timeout=UP_S)
    finally:
        with migrate.session(settings.database_url) as shared:
            shared.execute_sql("DROP INDEX stranger")
    assert process.returncode == 1
    assert "live database has, migrations do not make: index CREATE INDEX stranger" in told
