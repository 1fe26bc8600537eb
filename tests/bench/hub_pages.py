"""Pages of a hub's web process as a program asks for them, for the bench."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import fanout

from hub.api import cursors
from hub.store.listing import Position, Wanted

PROGRAM = str(Path(sys.executable).with_name("watchpost-hub"))
ROOM = 1024 * 1024
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)")


def path_of(wanted: Wanted, at: Position | None) -> str:
    def told(moment: datetime) -> str:
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")

    cameras = sorted(wanted.camera_ids or ())  # several are what an account may see, and not asked for
    parts = ["limit=50"]
    parts += [f"camera_id={cameras[0]}"] if len(cameras) == 1 else []
    parts += [f"device_id={wanted.device_id}"] if wanted.device_id else []
    parts += [f"acknowledged={str(wanted.acknowledged).lower()}"] if wanted.acknowledged is not None else []
    parts += [f"min_score={wanted.min_score}"] if wanted.min_score is not None else []
    parts += [f"since={told(wanted.since)}"] if wanted.since else []
    parts += [f"until={told(wanted.until)}"] if wanted.until else []
    parts += [f"cursor={cursors.of_position(at)}"] if at else []
    return "/api/alerts?" + "&".join(parts)


def asked(port: int, token: str, paths: list[str]) -> list[Callable[[], object]]:
    """Calls that fetch a page each, one after the other over one connection.

    By a bare socket: `http.client` takes a tenth to a third of a millisecond of its own, and up to two at p99.
    """
    connection, room = socket.create_connection(("127.0.0.1", port)), bytearray(ROOM)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    rest = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"

    def get(path: str) -> None:
        connection.sendall(f"GET {path}{rest}".encode())
        had, whole = 0, ROOM
        while had < whole:
            got = connection.recv_into(memoryview(room)[had:])
            assert got, "the hub hung up"
            had += got
            if whole == ROOM and (head := bytes(room[:had]).partition(b"\r\n\r\n"))[1]:
                assert head[0].startswith(b"HTTP/1.1 200 "), head
                whole = len(head[0]) + 4 + int(LENGTH.findall(head[0])[0])

    return [lambda path=path: get(path) for path in paths]


def limited_to(port: int, token: str, cameras: list[int]) -> str:
    """A token of an account that may see these cameras and no other."""
    name = f"sees-{len(cameras)}"
    account = {"username": name, "password": fanout.PASSWORD, "role": "viewer", "camera_ids": cameras}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/users", json.dumps(account).encode(), headers)
    with suppress(urllib.error.HTTPError):  # it is there already
        urllib.request.urlopen(request).close()
    return fanout.logged_in(port, name)


@contextmanager
def served(url: str, data_dir: Path) -> Iterator[tuple[int, int, str]]:
    """A hub's web process: its process id, its port, and a token for it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "WATCHPOST_DATA_DIR": str(data_dir), "WATCHPOST_DATABASE_URL": url}
    with (data_dir / "web.log").open("wb") as log:
        environ["WATCHPOST_BIND"] = f"127.0.0.1:{port}"
        web = subprocess.Popen([PROGRAM, "serve"], env=environ, stdout=log, stderr=log)
    try:
        yield web.pid, port, fanout.logged_in(port)
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait()
