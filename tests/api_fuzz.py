"""A program: schemathesis against a real hub (gunicorn, PostgreSQL), as admin, as viewer, and logged in.

Usage: api_fuzz.py [--examples N] [--only admin|viewer|person] [schemathesis options]. `make schemathesis` runs it.
What it finds it prints; the exit status is schemathesis' own, 0 only without a single failure.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import urllib3

from hub.auth import api_tokens
from hub.auth.passwords import Passwords
from hub.auth.principal import Role
from hub.auth.scopes import SCOPES, beyond
from hub.secrets import Sealer
from hub.store import api_tokens as kept
from hub.store import migrate
from hub.store.db import open_database
from hub.store.embedded import EmbeddedPostgres
from hub.store.models import Alert, Camera, Device, User

BIN = Path(sys.executable).parent
PASSWORD = "correct horse battery"
# Out of reach of what a fuzzer makes up: who asks must not lose the account in the middle.
FIRST_ID = 987_654_321
CONFIG = Path(__file__).with_name("schemathesis.toml")
# Speak WebSocket or forward to the media server, or end the very session that asks.
NOT_HTTP = "^(live_alerts)$"
ENDING = "^(live_alerts|logout)$"


@dataclass(frozen=True)
class Served:
    """A running hub and what each of those who ask shows."""

    url: str
    tokens: dict[str, str]


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A hub with a few cameras, devices and alerts, and the tokens of three people."""
    postgres = EmbeddedPostgres(folder / "postgres", die_with_parent=True)
    database_url = postgres.start()
    migrate.up(database_url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    environ |= {"WATCHPOST_DATA_DIR": str(folder), "WATCHPOST_DATABASE_URL": database_url, "WATCHPOST_BIND": address}
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen([str(BIN / "watchpost-hub"), "serve"], env=environ, stdout=log, stderr=log)
    try:
        _await(f"http://{address}/healthz")
        yield Served(f"http://{address}", _filled(folder, database_url, f"http://{address}"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)
        postgres.stop()


def _filled(folder: Path, database_url: str, url: str) -> dict[str, str]:
    database, now = open_database(database_url), datetime.now(UTC)
    with database.connection_context():
        for number, role in enumerate(("admin", "viewer", "operator")):
            hashed = Passwords(folder / "secrets").hashed(PASSWORD)
            User.insert(id=FIRST_ID + number, username=role, password_hash=hashed, role=role, created_at=now).execute()
        Device.insert(id="door", name="Door", state="approved", created_at=now, approved_at=now).execute()
        sealed = Sealer.open(folder / "secrets").seal("rtsp://ann:secret@192.0.2.1/1")
        camera = {"name": "Door", "source_url_sealed": sealed, "device": "door", "created_at": now, "updated_at": now}
        Camera.insert_many([camera] * 3).execute()
        alert = {"opened_at": now, "received_at": now, "camera_id": 1, "device_id": "door", "faces": 1, "score": 0.9}
        Alert.insert({**alert, "id": "00000000-0000-4000-8000-000000000001", "box": [1, 2, 3, 4]}).execute()
        tokens = {role: _token(FIRST_ID + number, Role(role)) for number, role in enumerate(("admin", "viewer"))}
    database.close_all()
    login = urllib3.request("POST", f"{url}/api/auth/login", json={"username": "admin", "password": PASSWORD})
    return {**tokens, "person": login.json()["access_token"]}


def _token(user_id: int, role: Role) -> str:
    text = api_tokens.new()
    scopes = [scope for scope in SCOPES if scope not in beyond(SCOPES, role)]
    kept.insert(kept.NewToken(user_id, "fuzzer", scopes, api_tokens.digest(text), "wp_…", None))
    return text


def _await(url: str) -> None:
    for _ in range(200):
        try:
            if urllib3.request("GET", url, retries=False, timeout=1).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def fuzz(hub: Served, who: str, examples: int, options: list[str]) -> int:
    """One run as somebody; schemathesis' exit status."""
    command = [str(BIN / "schemathesis"), "--config-file", str(CONFIG), "run", f"{hub.url}/api/openapi.json"]
    command += ["--continue-on-failure", "--max-examples", str(examples)]
    command += ["--header", f"Authorization: Bearer {hub.tokens[who]}"]
    command += ["--exclude-operation-id-regex", NOT_HTTP if who != "person" else ENDING]
    command += ["--include-path-regex", "^/api/(auth|tokens)"] if who == "person" else []
    print(f"--- as {who}", flush=True)
    return subprocess.run([*command, *options], check=False).returncode


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--only", choices=("admin", "viewer", "person"))
    asked, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as hub:
        people = (asked.only,) if asked.only else ("admin", "person", "viewer")
        codes = [fuzz(hub, who, asked.examples, options) for who in people]
    sys.exit(max(codes))


if __name__ == "__main__":
    main()
