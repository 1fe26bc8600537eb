"""A whole running demo, with logs, command lines, error pages and a backup searched for every secret that it has."""

import json
import os
import re
import stat
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from demo_process import RunningDemo, running_demo

from hub.backup import DUMP
from hub.store.cluster import ENVIRONMENT, binaries, prefix

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
HUB = Path(sys.executable).with_name("watchpost-hub")
CAMERA = "S3CR3T-of-the-camera"
WRONG = "S3CR3T-that-is-wrong"


def answered(demo: RunningDemo, method: str, path: str, body: object = None, token: str = "") -> str:
    """What the hub says, well or badly."""
    headers = {"Content-Type": "application/json", "Accept": "text/html", **({"Authorization": token} if token else {})}
    request = Request(demo.url + path, None if body is None else json.dumps(body).encode(), headers, method=method)
    try:
        with urlopen(request, timeout=10) as response:
            return str(response.read(), "utf-8", "replace")
    except HTTPError as error:
        return str(error.read(), "utf-8", "replace")


def misused(demo: RunningDemo, secret: str) -> Iterator[str]:
    """What the hub answers to requests that carry a secret in all the wrong places."""
    camera = {"name": "x", "source_url": f"ftp://ann:{secret}@127.0.0.1/1"}
    yield answered(demo, "GET", f"/api/alerts?token={secret}")
    yield answered(demo, "GET", f"/nowhere?password={secret}")
    yield answered(demo, "GET", "/api/alerts", token=f"Bearer {secret}")
    yield answered(demo, "POST", "/api/auth/login", {"username": "demo", "password": secret})
    yield answered(demo, "POST", "/api/enroll", {"name": "door", "csr_pem": "x", "token": secret})
    yield answered(demo, "POST", "/api/cameras", camera)
    yield answered(demo, "POST", "/api/media/auth", {"user": "x", "password": secret, "action": "read", "path": "1"})
    yield answered(demo, "GET", f"/api/alerts/live?ticket={secret}")


def secrets_of(demo: RunningDemo, folder: Path) -> dict[str, str]:
    """Every secret of this demo by its name: what it was given, and the long lines of the keys that it made."""
    login = demo.call("POST", "/api/auth/login", demo.login)
    found = {name: login[name] for name in ("access_token", "refresh_token")}
    found["ticket"] = demo.call("POST", "/api/auth/ticket")["ticket"]
    found["password"] = demo.login["password"]
    found["API token"] = demo.call("POST", "/api/tokens", {"name": "x", "scopes": ["alerts:read"]})["token"]
    found["device token"] = demo.call("POST", "/api/devices", {"name": "Other"})["token"]
    found["database password"] = (folder / "postgres/password").read_text().strip()
    keys = [*(folder / "secrets").iterdir(), *folder.glob("edge/identity*/key.pem"), folder / "broker/server.key"]
    for path in keys:
        for line in re.findall(r"^[A-Za-z0-9+/=_-]{40,}$", path.read_text(errors="replace"), re.MULTILINE):
            if "CERTIFICATE" not in path.read_text(errors="replace"):
                found[path.name] = line
    assert {"jwt.pem", "key.pem", "server.key"} <= set(found)
    return found


def open_places(demo: RunningDemo, folder: Path) -> Iterator[tuple[str, str]]:
    """What others may come to read: logs, and the command lines of processes."""
    for path in (*(folder / "logs").iterdir(), folder / "postgres/log"):
        yield path.name, path.read_text(errors="replace")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                yield f"process {entry.name}", (entry / "cmdline").read_text(errors="replace")
            except OSError:
                continue


def test_no_secret_lies_in_the_open(tmp_path: Path, media: Path) -> None:
    folder = tmp_path / "data"
    with running_demo(folder, "--source", str(media / "clips" / "no_faces_traffic_432p.mp4")) as demo:
        url = f"rtsp://ann:{CAMERA}@127.0.0.1:9/1?key={CAMERA}"
        (device,) = demo.call("GET", "/api/devices")["items"]
        camera = demo.call("POST", "/api/cameras", {"name": "Far", "source_url": url, "device_id": device["id"]})
        until = time.monotonic() + 30
        while demo.call("GET", f"/api/cameras/{camera['id']}")["status"]["state"] != "offline":
            assert time.monotonic() < until, "the device has not tried the camera"
            time.sleep(0.3)
        secrets = {**secrets_of(demo, folder), "camera": CAMERA, "wrong password": WRONG}
        for answer in [*misused(demo, WRONG), demo.fetch("GET", "/metrics").decode(), *told(demo)]:
            assert CAMERA not in answer
            assert WRONG not in answer
        for place, text in open_places(demo, folder):
            for name, secret in secrets.items():
                assert secret not in text, f"{name} in {place}"
        kept_well(tmp_path, folder, secrets)


def told(demo: RunningDemo) -> Iterator[str]:
    """What an admin is told of cameras, devices and what was done."""
    for path in ("/api/cameras", "/api/devices", "/api/audit", "/api/system", "/api/tokens"):
        yield json.dumps(demo.call("GET", path))


def kept_well(tmp_path: Path, folder: Path, secrets: dict[str, str]) -> None:
    """A backup has to hold the keys, and is its owner's alone; what only people and cameras know is not in it."""
    backup = tmp_path / "backup.tar"
    environ = {**os.environ, "WATCHPOST_DATA_DIR": str(folder)}
    done = subprocess.run([str(HUB), "backup", str(backup)], env=environ, capture_output=True, text=True, check=True)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    said = done.stdout + done.stderr
    assert not [name for name, secret in secrets.items() if secret in said]
    plain = ("password", "access_token", "refresh_token", "API token", "device token", "camera", "wrong password")
    with tarfile.open(backup) as archive:
        for member in archive:
            content = archive.extractfile(member).read() if member.isfile() else b""  # type: ignore[union-attr]
            content = unpacked(content) if member.name == DUMP else content
            for name in plain:
                assert secrets[name].encode() not in content, f"{name} in {member.name}"


def unpacked(dump: bytes) -> bytes:
    """The statements that a dump would run."""
    command = [*prefix(None), str(binaries() / "pg_restore"), "--file=-"]
    done = subprocess.run(command, input=dump, env=ENVIRONMENT, capture_output=True, check=True)
    assert b"COPY public.camera" in done.stdout
    return done.stdout
