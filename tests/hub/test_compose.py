"""compose.yaml and what it mounts: the schema, pinned images, settings and commands that this program knows."""

import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from ports import free_port
from waiting import until

from hub.cli import COMMANDS
from hub.fleet import broker_lists
from hub.fleet.broker_door import Door, DoorUnreachable
from hub.fleet.broker_lists import Lists
from hub.fleet.ca import CertificateAuthority, Issued, Revoked
from hub.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "compose.yaml"
GIVEN = {"WATCHPOST_DOMAIN": "hub.example.org", "WATCHPOST_DATABASE_PASSWORD": "secret", "WATCHPOST_KEEP_DAYS": "30"}
OURS = "watchpost-hub:"


def substituted(text: str) -> str:
    """What compose makes of `${NAME}`, `${NAME:?why}` and `${NAME:-default}`."""

    def value(found: re.Match[str]) -> str:
        return GIVEN[found[1]] if found[2] is None else GIVEN.get(found[1], found[2])

    return re.sub(r"(?<!\$)\$\{(\w+)(?::-([^}]*)|[^}]*)\}", value, text)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(substituted(COMPOSE.read_text()))["services"]
    return found


def test_it_follows_the_specification() -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    if not program.exists():
        pytest.skip("check-jsonschema is not installed")
    command = [str(program), "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_docker_reads_it() -> None:
    docker = shutil.which("docker")
    known = docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0
    if not known:
        pytest.skip("no docker with the compose plugin")
    command = [str(docker), "compose", "-f", str(COMPOSE), "config", "--quiet"]
    done = subprocess.run(command, env={**os.environ, **GIVEN}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_image_is_pinned(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert re.fullmatch(r"[a-z0-9./-]+:[0-9]+\.[0-9][0-9a-z.-]*", service["image"]), name


def test_what_a_service_needs_is_there(services: dict[str, Any]) -> None:
    volumes = yaml.safe_load(substituted(COMPOSE.read_text()))["volumes"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in volumes
    open_ones = {name: service["networks"] for name, service in services.items() if "ports" in service}
    assert all("outside" in networks for networks in open_ones.values())


def test_our_own_services_run_what_there_is_with_settings_that_are_good(services: dict[str, Any]) -> None:
    ours = {name: service for name, service in services.items() if service["image"].startswith(OURS)}
    assert set(ours) == {"prepare", "web", "ingest", "jobs", "guard"}
    for service in ours.values():
        called = re.findall(r"watchpost-hub (\w+)", " ".join(service["command"]))
        assert called
        assert set(called) <= set(COMMANDS)
        settings = Settings.from_env(service["environment"])
        assert settings.public_url == "https://hub.example.org"
        assert settings.database_url == "postgresql://watchpost:secret@postgres/watchpost"
        assert (settings.web_workers, settings.keep_days, settings.disk_reserve_mb) == (2, 30, 500)


def test_no_service_may_do_more_than_it_needs(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert name == "postgres" or service["read_only"], name
        # A shared namespace outlives no restart of the container that it belongs to.
        assert not {"privileged", "pid", "ipc", "network_mode", "userns_mode"} & set(service), name


def test_logs_do_not_fill_the_disk(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name


def test_only_what_is_published_is_offered(services: dict[str, Any]) -> None:
    """Caddy tells browsers of HTTP/3 unless it is told not to; without its port they would try in vain."""
    assert not any(port.endswith("/udp") for port in services["caddy"]["ports"])
    assert re.search(r"^\s*protocols h1 h2$", (ROOT / "deploy/Caddyfile").read_text(), re.MULTILINE)


def test_the_image_holds_what_it_is_made_of() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)
    let_in = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    for source in " ".join(copied).split():
        assert (ROOT / source).exists()
        assert source in let_in


@dataclass(frozen=True, slots=True)
class BrokerPlace:
    """What the broker's container finds below /broker, in a folder of our own."""

    folder: Path
    authority: CertificateAuthority
    port: int

    def certify(self) -> str:
        """A new certificate for the broker's listener."""
        issued = self.authority.issue_server_certificate(["localhost"])
        for name, text in {"ca.pem": self.authority.ca_pem, "server.key": issued.key_pem}.items():
            (self.folder / "certs" / name).write_text(text)
        (self.folder / "certs/server.pem").write_text(issued.certificate_pem)
        return issued.certificate_pem

    def list_revoked(self, *revoked: Issued) -> None:
        """What the guard writes."""
        serials = (x509.load_pem_x509_certificate(one.certificate_pem.encode()).serial_number for one in revoked)
        out = [Revoked(serial, datetime.now(UTC)) for serial in serials]
        broker_lists.write(self.folder / "lists", Lists(frozenset(), frozenset()), self.authority, out)

    def lets_in(self, who: Issued) -> bool:
        return Door(f"mqtts://localhost:{self.port}", self.authority).lets_in(who, "hub")

    def certificate(self) -> str:
        """What the listener shows, in one line of base64."""
        return "".join(ssl.get_server_certificate(("127.0.0.1", self.port)).split())


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerPlace]:
    """mosquitto as its container starts it: its own lines and script, in another folder and on another port."""
    if shutil.which("mosquitto") is None:
        pytest.skip("mosquitto is not installed")
    place = BrokerPlace(tmp_path, CertificateAuthority.open(tmp_path / "secrets"), free_port())
    for folder in ("certs", "lists", "kept"):
        (tmp_path / folder).mkdir()
    place.certify()
    text = (ROOT / "deploy/mosquitto.conf").read_text().replace("/broker", str(tmp_path))
    text = text.replace("listener 8883", f"listener {place.port} 127.0.0.1\nuser root")
    (tmp_path / "mosquitto.conf").write_text(text)
    command = ["sh", str(ROOT / "deploy/mosquitto.sh"), str(tmp_path), str(tmp_path / "mosquitto.conf")]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    yield place
    running.terminate()
    assert running.wait(10) == 0


def test_the_broker_waits_for_its_lists_and_reads_them_again_when_they_change(broker: BrokerPlace) -> None:
    hub, gone = (broker.authority.issue_client_certificate("hub") for _ in range(2))
    with pytest.raises(DoorUnreachable):
        broker.lets_in(hub)
    broker.list_revoked()
    until(lambda: answers(broker), "the broker")
    assert broker.lets_in(gone)
    broker.list_revoked(gone)
    until(lambda: not broker.lets_in(gone), "the new list")
    assert broker.lets_in(hub)


def test_the_broker_shows_a_new_certificate_without_a_restart(broker: BrokerPlace) -> None:
    hub = broker.authority.issue_client_certificate("hub")
    broker.list_revoked()
    until(lambda: answers(broker), "the broker")
    issued = "".join(broker.certify().split())
    assert broker.certificate() != issued
    until(lambda: broker.certificate() == issued, "the new certificate")
    assert broker.lets_in(hub)


def answers(broker: BrokerPlace) -> bool:
    try:
        return broker.lets_in(broker.authority.issue_client_certificate("hub"))
    except DoorUnreachable:
        return False
