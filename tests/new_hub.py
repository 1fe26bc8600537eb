"""A hub as it is when somebody has just set it up: all its processes, nobody's account; and devices of their own."""

import json
import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ports import free_port

from hub.demo.compose import UP_S, Demo, Ready
from hub.demo.processes import Processes, program

STOP_S = 30


class EmptyDemo(Demo):
    """All that the demo runs, before it makes an account, a device and cameras."""

    def _set_up(self, stop: threading.Event) -> str:
        self._wait("the hub", self._client.is_up, UP_S, stop)
        return ""


class Device:
    """An agent with a state directory of its own, worked as its manual says."""

    def __init__(self, folder: Path, hub_url: str, processes: Processes) -> None:
        folder.mkdir()
        self.folder = folder
        self._processes = processes
        self._config = folder / "edge.toml"
        self._config.write_text(f'[device]\nname = "x"\nstate_dir = "{folder}"\n[hub]\nurl = "{hub_url}"\n')

    def enroll(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run what a page says, `watchpost-edge enroll ...`, for this device's state directory."""
        name, *arguments = shlex.split(command)
        words = [program(name), *arguments, "--state-dir", str(self.folder)]
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)

    def told(self) -> dict[str, Any]:
        """What enrolment told it: `mqtt_url`, `media_rtsp_url` and more."""
        facts: dict[str, Any] = json.loads((self.folder / "identity.json").read_text())
        return facts

    def reach(self, **addresses: str) -> None:
        """Reach the hub, from the start on, at other addresses than it was told."""
        lines = [f'{name} = "{address}"\n' for name, address in addresses.items()]
        self._config.write_text(self._config.read_text() + "".join(lines))

    def start(self) -> None:
        """The service, until the hub's end."""
        self._processes.start(self.folder.name, [program("watchpost-edge"), "run", "--config", str(self._config)])


class NewHub:
    """A hub that runs, and the devices that are made for it."""

    def __init__(self, folder: Path, url: str, processes: Processes) -> None:
        self.folder = folder
        self.url = url
        self._processes = processes

    def device(self, name: str) -> Device:
        return Device(self.folder / name, self.url, self._processes)


@contextmanager
def running_new_hub(folder: Path) -> Iterator[NewHub]:
    """Start it and wait until it answers."""
    stop, up, told = threading.Event(), threading.Event(), list[Ready]()

    def ready(facts: Ready) -> None:
        told.append(facts)
        up.set()

    def run() -> None:
        try:
            EmptyDemo(folder / "hub", free_port(), (), lambda _: None).run(stop, ready)
        finally:
            up.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        assert up.wait(180)
        assert told, f"the hub did not come up; see {folder}/hub/logs"
        with ExitStack() as stack:
            processes = Processes(folder / "logs")
            stack.callback(processes.stop)
            yield NewHub(folder, told[0].url, processes)
    finally:
        stop.set()
        thread.join(STOP_S)
