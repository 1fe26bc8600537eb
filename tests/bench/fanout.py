"""What a thousand dashboards cost: CPU of the web process, and the time from commit to the browser's socket.

    python tests/bench/fanout.py [--sockets 1000] [--per-second 20] [--seconds 20]

Prints one JSON line. Alerts are committed one at a time, as a quiet ingest does.
"""

import argparse
import base64
import json
import multiprocessing
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from hub.store import migrate
from hub.store.db import open_database
from hub.store.embedded import EmbeddedPostgres
from hub.store.partitions import Months
from hub.store.visits import VisitRow, store_visits

PROGRAM = str(Path(sys.executable).with_name("watchpost-hub"))
PASSWORD = "correct horse battery"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--per-second", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        print(json.dumps(measured(Path(directory), arguments)))


def measured(data_dir: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    server = EmbeddedPostgres(data_dir, die_with_parent=True)
    url = server.start()
    migrate.up(url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {
        **os.environ,
        "WATCHPOST_DATA_DIR": str(data_dir),
        "WATCHPOST_DATABASE_URL": url,
        "WATCHPOST_BIND": f"127.0.0.1:{port}",
    }
    with (data_dir / "web.log").open("wb") as log:
        web = subprocess.Popen([PROGRAM, "serve"], env=environ, stdout=log, stderr=log)
    try:
        token = logged_in(port)
        return driven(web.pid, url, port, token, arguments)
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait()
        server.stop()


def driven(web: int, url: str, port: int, token: str, arguments: argparse.Namespace) -> dict[str, Any]:
    ready, results = multiprocessing.Event(), multiprocessing.Queue()
    total = arguments.per_second * arguments.seconds
    listener = multiprocessing.Process(target=listen, args=(port, token, arguments.sockets, total, ready, results))
    listener.start()
    ready.wait()
    database = open_database(url)
    before, began = used(web), time.monotonic()
    with database.connection_context():
        now = datetime.now(UTC)
        Months().ensure([now], now)
        for number in range(total):
            time.sleep(max(0.0, began + number / arguments.per_second - time.monotonic()))
            store_visits([visit()])
    wall = time.monotonic() - began
    time.sleep(1)
    cpu = used(web) - before
    latencies = sorted(results.get())
    listener.join()
    database.close_all()
    rss = max(process.memory_info().rss for process in family(web))
    return {
        "sockets": arguments.sockets,
        "alerts_per_s": arguments.per_second,
        "delivered": len(latencies),
        "expected": total * arguments.sockets,
        "web_cpu_percent_of_a_core": round(cpu / wall * 100, 1),
        "p50_ms": round(latencies[len(latencies) // 2] * 1000, 1),
        "p99_ms": round(latencies[int(len(latencies) * 0.99)] * 1000, 1),
        "web_rss_mb": round(rss / 2**20),
    }


def visit() -> VisitRow:
    now = datetime.now(UTC)
    return VisitRow(uuid4(), now, None, now, 1, "door", 1, 0.9, (1.0, 2.0, 3.0, 4.0), None, None)


def family(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def used(pid: int) -> float:
    return sum(times.user + times.system for times in (process.cpu_times() for process in family(pid)))


def logged_in(port: int, username: str = "admin") -> str:
    def post(path: str) -> Any:
        body = json.dumps({"username": username, "password": PASSWORD}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    while True:
        try:
            with suppress(urllib.error.HTTPError):  # it is there already
                post("/api/auth/signup")
            return str(post("/api/auth/login")["access_token"])
        except OSError:
            time.sleep(0.1)


def listen(port: int, token: str, count: int, total: int, ready: Any, results: Any) -> None:
    """Open the sockets and read them with one epoll; the time of each alert is in the alert."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    epoll, sockets = select.epoll(), {}
    for _ in range(count):
        sock = opened(port, token)
        sockets[sock.fileno()] = sock
        epoll.register(sock.fileno(), select.EPOLLIN)
    ready.set()
    latencies: list[float] = []
    expected, last = total * count, time.monotonic()
    while len(latencies) < expected and time.monotonic() - last < 10:
        for descriptor, _ in epoll.poll(1):
            data = sockets[descriptor].recv(65536)
            now = time.time()
            for part in data.split(b'"received_at":"')[1:]:
                text = part[: part.index(b'"')].decode()
                latencies.append(now - datetime.fromisoformat(text).timestamp())
            last = time.monotonic()
    results.put(latencies)


def opened(port: int, token: str) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(
        (
            f"GET /api/alerts/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n\r\n"
        ).encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += sock.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    return sock


if __name__ == "__main__":
    main()
