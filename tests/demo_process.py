"""A whole demo as its own process, as a user starts it, with a small client of its public API."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen


class RunningDemo:
    """A demo that has said `ready`."""

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, str]) -> None:
        self.process = process
        self.ready = ready
        self.url = ready["url"]
        self._token = self.call("POST", "/api/auth/login", self.login)["access_token"]

    @property
    def login(self) -> dict[str, str]:
        return {"username": self.ready["username"], "password": self.ready["password"]}

    def call(self, method: str, path: str, body: object = None) -> Any:
        return json.loads(self.fetch(method, path, body))

    def fetch(self, method: str, path: str, body: object = None) -> bytes:
        headers = {"Content-Type": "application/json"}
        if hasattr(self, "_token"):
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.url + path, data, headers, method=method), timeout=10) as response:
            content: bytes = response.read()
            return content

    def alerts(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.call("GET", "/api/alerts")["items"]
        return items

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Seconds that the stop took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - began


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_demo(data_dir: Path, *arguments: str, environ: dict[str, str] | None = None) -> RunningDemo:
    """Start `watchpost-hub demo` and wait for its ready line."""
    command = [str(Path(sys.executable).with_name("watchpost-hub")), "demo", "--json", "--no-browser"]
    command += ["--data-dir", str(data_dir), "--port", str(free_port()), *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environ or {})}
    )
    assert process.stdout is not None
    assert process.stderr is not None
    if not select.select([process.stdout], [], [], 180)[0] or not (line := process.stdout.readline()):
        process.terminate()
        raise AssertionError(f"the demo did not come up: {process.stderr.read()}")
    return RunningDemo(process, json.loads(line))


@contextmanager
def running_demo(data_dir: Path, *arguments: str, environ: dict[str, str] | None = None) -> Iterator[RunningDemo]:
    demo = start_demo(data_dir, *arguments, environ=environ)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.stop()
