"""A whole Watchpost on one machine: PostgreSQL, broker, hub, media, a real agent, devices; each part can be hit alone.

Runs inside namespaces of its own (network, mounts, processes), which end it all when they end.
"""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg2
from chaos.api import ChaosClient
from chaos.children import Child
from chaos.disks import Disk
from chaos.link import HUB_ADDRESS, Line
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_csr
from waiting import until

from edge.durable import write_file
from edge.identity.enrolment import enroll
from edge.identity.hub_client import Hub
from edge.identity.identity import CERTIFICATE, KEY, LINK, Identity, signing_request
from hub.broker import BrokerPlan, plan_broker
from hub.fleet.ca import CertificateAuthority
from hub.media.mediamtx import plan_media
from hub.secrets import replaced
from hub.settings import FOREIGN, PREFIX
from hub.store import migrate
from hub.store.cluster import processes_in
from hub.store.embedded import EmbeddedPostgres
from hub.store.errors import PostgresError

UP_S = 60.0
PAUSE_S = 0.1
RECOVERY_S = 180.0
PROGRAMS = ("broker", "guard", "web", "ingest", "media", "jobs")
HUB_DISK_MB = 1500
DEVICE_DISK_MB = 256
USERNAME, PASSWORD = "chaos", "nothing is lost here"
FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Size:
    """How large: synthetic devices with two cameras each, their visits per second together, clips of the agent."""

    devices: int
    visits_per_second: float
    clips: tuple[Path, ...]


class System:
    """Owns everything; its parts by name in `children`, its disks in `disks`."""

    def __init__(self, place: Path, size: Size, line: Line, namespaces: list[int]) -> None:
        self.place = place
        self.line = line
        self.disks = {"hub": Disk(place / "hub", HUB_DISK_MB)}
        self.children: dict[str, Child] = {}
        self.devices = [f"device-{number}" for number in range(size.devices)]
        self._size = size
        self._namespaces = namespaces
        self._ports = _free_ports(2)
        self.client = ChaosClient(f"http://127.0.0.1:{self._ports[0]}")
        self._postgres = EmbeddedPostgres(self.data_dir, die_with_parent=True)
        self.database_url = ""

    @property
    def data_dir(self) -> Path:
        return self.disks["hub"].folder

    @property
    def truth(self) -> Path:
        return self.place / "truth"

    def start(self) -> None:
        """Everything, up and enrolled, when this returns."""
        for folder in (self.truth, self.place / "logs", self.place / "clocks"):
            folder.mkdir(parents=True)
        self.disks["hub"].make()
        self.start_postgres()
        migrate.up(self.database_url)
        self._plan_hub()
        for name in PROGRAMS:
            self.children[name].start()
        until(self.client.is_up, "the hub", UP_S, PAUSE_S)
        self.client.sign_up(USERNAME, PASSWORD)
        self.log_in()
        for number, name in enumerate(self.devices):
            self._add_device(number, name)
        if self._size.clips:
            self._add_agent()

    def stop(self) -> None:
        """In reverse."""
        for child in reversed(self.children.values()):
            child.kill()
        self._postgres.stop()

    def log_in(self) -> None:
        """With the only account."""
        self.client.log_in(USERNAME, PASSWORD)

    def start_postgres(self) -> None:
        """PostgreSQL, also after it was killed; its recovery may take longer than one start waits for it."""
        deadline = time.monotonic() + RECOVERY_S
        while True:
            try:
                self.database_url = self._postgres.start()
                return
            except PostgresError:
                if time.monotonic() > deadline:
                    raise

    def postgres(self) -> list[int]:
        """All its processes, the first one first."""
        return sorted(processes_in(self.data_dir / "postgres" / "cluster"))

    def stop_hub(self) -> None:
        """kill -9 of everything that has files on the hub's disk."""
        for name in reversed(PROGRAMS):
            self.children[name].kill()
        for pid in self.postgres():
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        until(lambda: not self.postgres(), "the end of PostgreSQL", UP_S, PAUSE_S)
        self._postgres.stop()

    def start_hub(self) -> None:
        """All of it again."""
        self._postgres = EmbeddedPostgres(self.data_dir, die_with_parent=True)
        self.start_postgres()
        for name in PROGRAMS:
            self.children[name].start()

    def hub_command(self, *words: str) -> None:
        """One of the hub's own commands, as its operator would give it."""
        command = [_program("watchpost-hub"), *words]
        done = subprocess.run(command, env=self._hub_environ(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def execute(self, statement: str, *values: object) -> None:
        """One statement, committed."""
        connection = psycopg2.connect(self.database_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
        finally:
            connection.close()

    @property
    def broker_port(self) -> int:
        return self._ports[1]

    def set_clock(self, device: str, offset_s: int) -> None:
        """How far a device's clock is off; heard within a second."""
        (self.place / "clocks" / device).write_text(f"{offset_s:+d}\n")

    def new_certificate(self, device: str, issued_at: datetime) -> None:
        """Another certificate for the key that the device has, a year's from `issued_at`."""
        folder = self.disks[device].folder / "state" / LINK
        request = load_pem_x509_csr(signing_request((folder / KEY).read_bytes(), device))
        authority = CertificateAuthority.open(self.data_dir / "secrets")
        certificate = authority.issue_device_certificate(device, request, issued_at)
        write_file(folder / CERTIFICATE, certificate.public_bytes(Encoding.PEM))

    def _plan_hub(self) -> None:
        broker = self._plan_broker()
        media = plan_media(self.place, f"{self.client.url}/api/media/auth")
        self._media_urls = {"RTSP": media.rtsp_url, "WHEP": media.whep_url, "API": media.api_url}
        hub = _program("watchpost-hub")
        self._child("broker", list(broker.command), plain_environ())
        self._child("guard", list(broker.guard), self._hub_environ())
        for name, word in {"web": "serve", "ingest": "ingest", "jobs": "jobs"}.items():
            self._child(name, [hub, word], self._hub_environ())
        self._child("media", list(media.command), plain_environ())

    def _plan_broker(self) -> BrokerPlan:
        """The hub's own plan, but heard also on the network that devices are on."""
        authority = CertificateAuthority.open(self.data_dir / "secrets")
        plan = plan_broker(self.place, authority, port=self.broker_port, prefer="mosquitto")
        issued = authority.issue_server_certificate(["localhost"], ["127.0.0.1", HUB_ADDRESS])
        replaced(plan.home / "server.pem", issued.certificate_pem.encode())
        replaced(plan.home / "server.key", issued.key_pem.encode())
        configuration = plan.home / "mosquitto.conf"
        configuration.write_text(configuration.read_text().replace(f"{plan.port} 127.0.0.1", f"{plan.port} 0.0.0.0"))
        return plan

    def _hub_environ(self) -> dict[str, str]:
        settings = {
            "DATABASE_URL": self.database_url,
            "DATA_DIR": str(self.data_dir),
            "MQTT_URL": f"mqtts://127.0.0.1:{self._ports[1]}",
            "MQTT_DEVICE_URL": f"mqtts://{HUB_ADDRESS}:{self._ports[1]}",
            "PUBLIC_URL": self.client.url,
            "BIND": self.client.url.removeprefix("http://"),
            **{f"MEDIA_{name}_URL": url for name, url in self._media_urls.items()},
        }
        return plain_environ() | {f"{PREFIX}{name}": value for name, value in settings.items()}

    def _add_device(self, number: int, name: str) -> None:
        state_dir = self._enrolled(name)
        cameras = [self.add_camera(name, f"{name} {side}", "file:///dev/null") for side in ("left", "right")]
        rate = self._size.visits_per_second / len(self.devices)
        words = [str(state_dir), str(self.truth / f"{name}.log"), str(rate), *map(str, cameras)]
        self.set_clock(name, 0)
        inside = ["nsenter", f"--net=/proc/{self._namespaces[number]}/ns/net", "--"]
        self._child(name, [*inside, sys.executable, "-m", "chaos.device", *words], self._device_environ(name))
        self.children[name].start()

    def _add_agent(self) -> None:
        state_dir = self._enrolled("agent")
        mqtt_url = f"mqtts://127.0.0.1:{self._ports[1]}"
        config = self.place / "agent.toml"
        config.write_text(
            f'[device]\nname = "agent"\nstate_dir = "{state_dir}"\n'
            f'[hub]\nurl = "{self.client.url}"\nmqtt_url = "{mqtt_url}"\n'
            f'media_rtsp_url = "{self._media_urls["RTSP"]}"\n'
        )
        for clip in self._size.clips:
            self.add_camera("agent", clip.stem, clip.as_uri())
        words = [str(config), str(self.truth / "agent.log")]
        self._child("agent", [sys.executable, "-m", "chaos.agent", *words], plain_environ())
        self.children["agent"].start()

    def _enrolled(self, name: str) -> Path:
        self.disks[name] = Disk(self.place / name, DEVICE_DISK_MB)
        self.disks[name].make()
        state_dir = self.disks[name].folder / "state"
        answer = enroll(Hub(self.client.url), name, self.client.device_token(name), state_dir)
        assert isinstance(answer, Identity)
        assert answer.facts.device_id == name
        return state_dir

    def add_camera(self, device: str, name: str, url: str) -> int:
        camera = self.client.add_camera({"name": name, "source_url": url, "device_id": device})
        return int(str(camera["id"]))

    def _device_environ(self, name: str) -> dict[str, str]:
        if not has_faketime():
            return plain_environ()
        return plain_environ() | {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self.place / "clocks" / name),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # else whoever waits for Python's lock spins
        }

    def _child(self, name: str, command: list[str], environ: dict[str, str]) -> None:
        self.children[name] = Child(name, command, environ, self.place / "logs" / f"{name}.log")


def has_faketime() -> bool:
    """Whether clocks can be stepped: Debian's libfaketime."""
    return FAKETIME is not None


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def plain_environ() -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) or name in FOREIGN}
    return environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
