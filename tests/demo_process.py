"""A whole demo as its own process, as a user starts it, with a small client of its public API."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil
from ports import free_port


class Api:
    """A hub's public API as one account uses it."""

    def __init__(self, url: str, login: dict[str, str]) -> None:
        self.url = url
        self.login = login
        self._token = self.call("POST", "/api/auth/login", login)["access_token"]

    @classmethod
    def sign_up(cls, url: str, account: dict[str, str]) -> "Api":
        """As the first account of a new hub."""
        call = Request(f"{url}/api/auth/signup", json.dumps(account).encode(), {"Content-Type": "application/json"})
        with urlopen(call, timeout=10):
            return cls(url, account)

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


class RunningDemo(Api):
    """A demo that has said `ready`."""

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, str]) -> None:
        super().__init__(ready["url"], {"username": ready["username"], "password": ready["password"]})
        self.process = process
        self.ready = ready

    def alerts(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.call("GET", "/api/alerts")["items"]
        return items

    def parts(self, command: str) -> list[psutil.Process]:
        """Those of its processes that run and whose command line matches, with all that they have started."""
        every = [one for one in psutil.Process(self.process.pid).children() if one.status() != psutil.STATUS_ZOMBIE]
        matching = [one for one in every if re.search(command, " ".join(one.cmdline()))]
        assert matching, f"no child of the demo is {command}"
        return [one for child in matching for one in (child, *child.children(recursive=True))]

    def kill(self, command: str) -> None:
        """SIGKILL for these parts; the demo starts them again."""
        for process in self.parts(command):
            with suppress(psutil.NoSuchProcess):
                process.kill()

    @contextmanager
    def held(self, command: str) -> Iterator[None]:
        """These parts stand still for a while (SIGSTOP)."""
        processes = self.parts(command)
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in processes:
                process.resume()

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Seconds that the stop took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - began


def start_demo(
    data_dir: Path, *arguments: str, environ: dict[str, str] | None = None, scenes: Path | None = None
) -> RunningDemo:
    """Start `watchpost-hub demo` and wait for its ready line; `scenes`: where its films are, else it makes them."""
    if scenes is not None:
        shutil.copytree(scenes, data_dir / "scenes")
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
def running_demo(
    data_dir: Path, *arguments: str, environ: dict[str, str] | None = None, scenes: Path | None = None
) -> Iterator[RunningDemo]:
    demo = start_demo(data_dir, *arguments, environ=environ, scenes=scenes)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.stop()
