"""A hub over real HTTP beside a real media server, with devices that sign as agents do; for tests of video."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
import urllib3
from chaos.children import Child
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from flask import Flask
from waiting import until
from werkzeug.serving import make_server

from hub.media.client import MediaApi, Running
from hub.media.errors import MediaServerError
from hub.media.guard import look
from hub.media.knowledge import knowledge
from hub.media.mediamtx import Kind, MediaPlan, find_mediamtx, free_ports, plan_media
from hub.services import EXTENSION, Services
from hub.settings import Settings
from hub.store import migrate, users
from hub.store.embedded import EmbeddedPostgres
from hub.store.models import Camera, Device, database
from hub.web import create_app

WIDTH, HEIGHT = 672, 360
WATCHER = Path(__file__).with_name("watcher.py")
PUBLISHER = Path(__file__).with_name("clock_publisher.py")
PASSWORD = "correct horse battery"
KINDS: tuple[Kind, ...] = ("relay", "mediamtx")


class Agent:
    """A device with its own key; `token` signs what a publisher needs."""

    def __init__(self, device_id: str, services: Services) -> None:
        self.device_id = device_id
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device_id)])
        request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(self._key, SHA256())
        certificate = services.authority.issue_device_certificate(device_id, request, datetime.now(UTC))
        self.serial = f"{certificate.serial_number:x}"
        self.certificate_pem = certificate.public_bytes(Encoding.PEM).decode()

    def token(self, camera_id: int, **changes: Any) -> str:
        """A publish token for one camera; `changes` replace claims."""
        now = int(time.time())
        claims = {"sub": self.device_id, "aud": "watchpost-media", "action": "publish", "path": str(camera_id)}
        return jwt.encode({**claims, "iat": now, "exp": now + 240, **changes}, self._key, "ES256")


class MediaRig:
    """Everything between an agent and a browser."""

    def __init__(self, url: str, media: MediaPlan, server: Child, services: Services) -> None:
        self.url = url
        self.media = media
        self._server = server
        self.services = services
        self.api = MediaApi(media.api_url, services.keys)
        self.http = urllib3.PoolManager(retries=False)
        self._processes: list[subprocess.Popen[bytes]] = []

    def agent(self, device_id: str) -> Agent:
        """An approved device that is online."""
        agent = Agent(device_id, self.services)
        now = datetime.now(UTC)
        with database.connection_context():
            Device.insert(
                id=device_id,
                name=device_id,
                state="approved",
                created_at=now,
                online=True,
                online_since=now,
                certificate_pem=agent.certificate_pem,
                certificate_serial=agent.serial,
            ).execute()
        return agent

    def camera(self, agent: Agent, **changes: Any) -> int:
        """A camera whose device says that it streams; `changes` replace columns."""
        now = datetime.now(UTC)
        sealed = self.services.sealer.seal("rtsp://camera.test/1")
        values = {"name": f"camera of {agent.device_id}", "source_url_sealed": sealed, "device": agent.device_id}
        values |= {"created_at": now, "updated_at": now, "stream_state": "live", **changes}
        with database.connection_context():
            return int(Camera.insert(values).execute())

    def user(self, username: str, role: str = "viewer", camera_ids: list[int] | None = None) -> str:
        """The access token of a new user."""
        with database.connection_context():
            users.create(username, self.services.passwords.hashed(PASSWORD), role, camera_ids)
        answer = self.http.request(
            "POST", f"{self.url}/api/auth/login", json={"username": username, "password": PASSWORD}
        )
        return str(answer.json()["access_token"])

    def call(self, access_token: str, path: str, method: str = "POST", body: object = None) -> Any:
        """Ask the API as a program; the JSON answer, if there is one."""
        headers = {"Authorization": f"Bearer {access_token}"}
        answer = self.http.request(method, self.url + path, headers=headers, json=body)
        assert answer.status < 300, answer.data
        return answer.json() if answer.data else None

    def publish(self, camera_id: int, token: str, *size: int) -> "subprocess.Popen[bytes]":
        """A publisher of a moving picture, as its own process."""
        query = f"?token={token}" if token else ""
        url = f"{self.media.rtsp_url}/{camera_id}{query}"
        command = [sys.executable, str(PUBLISHER), url, *map(str, size)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._processes.append(process)
        return process

    def watch(self, camera_id: int, access_token: str, *, rtsp: bool = False) -> "subprocess.Popen[bytes]":
        """A viewer, as its own process, straight at the media server."""
        token = self.call(access_token, f"/api/cameras/{camera_id}/stream/watch")["token"]
        url = f"{self.media.rtsp_url}/{camera_id}" if rtsp else f"{self.media.whep_url}/{camera_id}/whep"
        command = [sys.executable, "-P", str(WATCHER), url, token]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._processes.append(process)
        return process

    def wait_shown(self, camera_id: int, access_token: str, readers: int | None) -> None:
        """Until the API shows so many readers of a camera, or None: that nobody publishes it."""

        def shown() -> bool:
            published = self.call(access_token, f"/api/cameras/{camera_id}", "GET")["stream"]["published"]
            return (published["readers"] if published else None) == readers

        until(shown, f"camera {camera_id} with {readers} readers", pause_s=0.05)

    def restart_media(self) -> None:
        """The media server is killed and comes back where it was; its publishers must come back by themselves."""
        self._server.kill()
        self.start_media()

    def start_media(self) -> None:
        """The media server begins; it asks the hub about everybody, us too."""
        self._server.start()
        for _ in range(200):
            with suppress(MediaServerError):
                self.api.paths()
                return
            time.sleep(0.05)
        raise AssertionError("the media server does not answer")

    def look(self) -> list[Running]:
        """One look of the guard; whom it sent away."""
        with database.connection_context():
            return look(self.api, knowledge(self.services.keys), datetime.now(UTC))

    def wait_online(self, camera_id: int, online: bool = True) -> None:
        """Until the media server says that somebody publishes this camera, or nobody any more."""

        def published() -> bool:
            return any(path.name == str(camera_id) and path.inbound_bytes for path in self.api.paths())

        until(lambda: published() == online, f"camera {camera_id} {'on' if online else 'off'}line", pause_s=0.05)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()


def need(kind: Kind) -> None:
    """Skip when this media server cannot be had."""
    if kind == "mediamtx" and find_mediamtx() is None:
        pytest.skip("no mediamtx on PATH or in WATCHPOST_MEDIAMTX")


def _add_player_page(app: Flask) -> None:
    """A bare page for the player alone, under the same content policy as every page."""
    page = f"<!doctype html><title>player</title><video id=video width={WIDTH} height={HEIGHT}></video>"
    app.add_url_rule("/test/page", "test_page", lambda: page)


@contextmanager
def running_rig(kind: Kind, folder: Path) -> Iterator[MediaRig]:
    """A fresh hub with its own database beside one media server."""
    with ExitStack() as stack:
        postgres = EmbeddedPostgres(folder / "postgres", die_with_parent=True)
        database_url = postgres.start()
        stack.callback(postgres.stop)
        migrate.up(database_url)
        port = free_ports("127.0.0.1", 1)[0]
        media = plan_media(folder, f"http://127.0.0.1:{port}/api/media/auth", kind)
        command = ["setpriv", "--pdeathsig", "TERM", "--", *media.command]
        media_server = Child("media", command, os.environ, folder / "media.log")
        stack.callback(media_server.stop)
        settings = Settings(
            data_dir=folder, database_url=database_url, media_whep_url=media.whep_url, media_api_url=media.api_url
        )
        app = create_app(settings)
        _add_player_page(app)
        server = make_server("127.0.0.1", port, app, threaded=True)
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        rig = MediaRig(f"http://127.0.0.1:{port}", media, media_server, app.extensions[EXTENSION])
        stack.callback(rig.close)
        rig.start_media()
        yield rig
