"""compose.yaml and what it mounts: the schema, pinned images, settings and commands that this program knows."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from ports import free_port

from hub.cli import COMMANDS
from hub.fleet.ca import CertificateAuthority
from hub.mqtt.rules import acl_file
from hub.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "compose.yaml"
GIVEN = {"WATCHPOST_DOMAIN": "hub.example.org", "WATCHPOST_DATABASE_PASSWORD": "secret"}
OURS = "watchpost-hub:"


def substituted(text: str) -> str:
    """What compose makes of `${NAME}` and `${NAME:?why}`."""
    return re.sub(r"(?<!\$)\$\{(\w+)[^}]*\}", lambda found: GIVEN[found[1]], text)


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


def test_the_image_holds_what_it_is_made_of() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)
    let_in = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    for source in " ".join(copied).split():
        assert (ROOT / source).exists()
        assert source in let_in


def test_mosquitto_starts_with_this_configuration(tmp_path: Path) -> None:
    """Its own lines, in another folder and on another port; a client of our authority gets in."""
    mosquitto = shutil.which("mosquitto")
    if mosquitto is None:
        pytest.skip("mosquitto is not installed")
    authority = CertificateAuthority.open(tmp_path / "secrets")
    issued = authority.issue_server_certificate(["localhost"])
    for folder in ("certs", "lists", "kept"):
        (tmp_path / folder).mkdir()
    (tmp_path / "certs/ca.pem").write_text(authority.ca_pem)
    (tmp_path / "certs/server.pem").write_text(issued.certificate_pem)
    (tmp_path / "certs/server.key").write_text(issued.key_pem)
    (tmp_path / "lists/acl").write_text(acl_file())
    text = (ROOT / "deploy/mosquitto.conf").read_text().replace("/broker", str(tmp_path))
    port = free_port()
    # Its list of revoked certificates is written by the guard, which has tests of its own.
    text = re.sub(r"^crlfile .*$", "", text, flags=re.MULTILINE)
    text = text.replace("listener 8883", f"listener {port} 127.0.0.1\nuser root")
    (tmp_path / "mosquitto.conf").write_text(text)
    broker = subprocess.Popen([mosquitto, "-c", tmp_path / "mosquitto.conf"], stderr=subprocess.PIPE, text=True)
    try:
        assert let_in(authority, tmp_path, port), broker.stderr
    finally:
        broker.terminate()
        broker.communicate()


def let_in(authority: CertificateAuthority, place: Path, port: int) -> bool:
    mine = authority.issue_client_certificate("hub")
    (place / "hub.pem").write_text(mine.certificate_pem + mine.key_pem)
    context = ssl.create_default_context(cadata=authority.ca_pem)
    context.load_cert_chain(place / "hub.pem")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            plain = socket.create_connection(("127.0.0.1", port), 5)
        except ConnectionRefusedError:
            time.sleep(0.02)
            continue
        with context.wrap_socket(plain, server_hostname="localhost") as sock:
            sock.sendall(b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x14\x00\x03hub")
            return sock.recv(4) == b"\x20\x02\x00\x00"
    return False
