"""The demo's own edge device: enrolled through the public API as any other, and told where its hub is."""

import json
import os
import subprocess
from pathlib import Path

from hub.demo.client import HubClient
from hub.demo.processes import program
from hub.errors import HubError

NAME = "Demo device"
ENROLL_S = 30


class Agent:
    """One device in `<data_dir>/edge`: its configuration and its identity."""

    def __init__(self, data_dir: Path, hub_url: str) -> None:
        self._state = data_dir / "edge"
        self._hub_url = hub_url
        self.config = self._state / "edge.toml"

    @property
    def command(self) -> list[str]:
        return [program("watchpost-edge"), "run", "--config", str(self.config)]

    @property
    def enrolled(self) -> bool:
        return (self._state / "identity.json").exists()

    def configure(self, mqtt_url: str, media_rtsp_url: str) -> None:
        """Write edge.toml; the addresses may differ from those of the last start."""
        self._state.mkdir(parents=True, exist_ok=True, mode=0o700)
        tables = {
            "device": {"name": NAME, "state_dir": str(self._state)},
            "hub": {"url": self._hub_url, "mqtt_url": mqtt_url, "media_rtsp_url": media_rtsp_url},
        }
        lines = []
        for name, table in tables.items():
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
        self.config.write_text("\n".join(lines) + "\n")

    def enroll(self, client: HubClient) -> None:
        """With a one-time token that an admin's account asked for; HubError if the hub does not want it."""
        environ = {**os.environ, "WATCHPOST_ENROLL_TOKEN": client.device_token(NAME)}
        command = [program("watchpost-edge"), "enroll", "--config", str(self.config)]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=ENROLL_S, check=False)
        if done.returncode != 0:
            raise HubError(f"the demo's device could not enrol: {done.stderr.strip()}")
