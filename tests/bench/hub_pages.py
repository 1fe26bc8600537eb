"""Pages of a hub's web process as a program asks for them, for the bench."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import fanout

from hub.api import cursors
from hub.store.alerts import Position, Wanted

PROGRAM = str(Path(sys.executable).with_name("watchpost-hub"))


def path_of(wanted: Wanted, at: Position | None) -> str:
    def told(moment: datetime) -> str:
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")

    cameras = sorted(wanted.camera_ids or ())
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
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def get(path: str) -> None:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body

    return [lambda path=path: get(path) for path in paths]


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
