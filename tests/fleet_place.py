"""A hub with everything that keeps strangers out: PostgreSQL, web, ingest, a broker and its guard, all real."""

import os
import signal
import ssl
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from waiting import until
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from edge.identity import identity
from edge.identity.enrolment import enroll
from edge.identity.hub_client import Hub
from edge.identity.identity import Identity
from hub.broker import BrokerPlan, Kind, plan_broker
from hub.fleet.broker_door import Door
from hub.fleet.ca import CertificateAuthority, Issued
from hub.media.mediamtx import plan_media
from hub.services import EXTENSION
from hub.settings import Settings
from hub.store import migrate
from hub.store.embedded import EmbeddedPostgres
from hub.web import create_app

PROGRAMS = Path(sys.executable).parent
HOST = "127.0.0.1"
LOGIN = {"username": "admin", "password": "correct horse battery"}


@dataclass
class Peer:
    """A client with some certificate, or none; what it hears and whether its session stands."""

    client: Client
    heard: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def stands(self) -> bool:
        return bool(self.client.is_connected())

    def say(self, topic: str) -> None:
        self.client.publish(topic, b"x", 1)


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of place: certificates that last so long, devices that see this machine under another address, HTTPS
    with a certificate that begins at some moment."""

    kind: Kind = "mosquitto"
    lifetime_s: float = 86400.0  # of devices; the broker's own is the usual
    seen_as: str = HOST
    https_from: datetime | None = None


class FleetPlace:
    """One installation; `stack` ends its parts in reverse. BrokerError when that broker is not there."""

    def __init__(self, folder: Path, stack: ExitStack, shape: Shape = Shape()) -> None:
        self.folder, self._stack, self._shape = folder, stack, shape
        self.authority = CertificateAuthority.open(folder / "secrets", timedelta(seconds=shape.lifetime_s))
        server = EmbeddedPostgres(folder, die_with_parent=True)
        url = server.start()
        stack.callback(server.stop)
        migrate.up(url)
        self.plan: BrokerPlan = plan_broker(folder, CertificateAuthority.open(folder / "secrets"), prefer=shape.kind)
        told = f"mqtts://{shape.seen_as}:{self.plan.port}"
        self.settings = Settings(data_dir=folder, database_url=url, mqtt_url=self.plan.url, mqtt_device_url=told)
        if shape.https_from is not None:
            self._be_seen(shape.https_from)
        self.app = self._serve()
        self.broker = self.start("broker", *self.plan.command)
        self.start("guard", *self.plan.guard)
        self.start("ingest", str(PROGRAMS / "watchpost-hub"), "ingest")
        self._peers: list[Peer] = []
        stack.callback(self._part)
        self._token = ""
        self._ask("/api/auth/signup", LOGIN, "POST")
        self._log_in()
        until(self._guarded, "the broker")

    def _be_seen(self, begins: datetime) -> None:
        """Names in the certificates as devices see them, and a media server for their self-test."""
        issued = self.authority.issue_server_certificate(["localhost"], sorted({HOST, self._shape.seen_as}), begins)
        (self.plan.home / "server.pem").write_text(issued.certificate_pem)
        (self.plan.home / "server.key").write_text(issued.key_pem)
        media = plan_media(self.folder, f"http://{HOST}:1/api/media/auth", prefer="relay")
        self.start("media", *media.command)
        self.settings = replace(self.settings, media_rtsp_url=media.rtsp_url.replace(HOST, self._shape.seen_as))

    def _serve(self) -> Flask:
        app = create_app(self.settings)
        app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], authority=self.authority)
        secure = self._shape.https_from is not None
        context = (str(self.plan.home / "server.pem"), str(self.plan.home / "server.key")) if secure else None
        web = make_server(HOST, 0, app, threaded=True, ssl_context=context)
        Thread(target=web.serve_forever, daemon=True).start()
        self._stack.callback(web.shutdown)
        self.url = f"{'https' if secure else 'http'}://{self._shape.seen_as}:{web.server_port}"
        return app

    def serve_with(self, issued: Issued) -> None:
        """The web side once more, with another certificate; `url` is the new one."""
        (self.plan.home / "server.pem").write_text(issued.certificate_pem)
        (self.plan.home / "server.key").write_text(issued.key_pem)
        self.app = self._serve()

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        """A process whose output goes to `<name>.log`, with the hub's settings."""
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "WATCHPOST_DATA_DIR": str(self.folder),
            "WATCHPOST_DATABASE_URL": self.settings.database_url,
            "WATCHPOST_MQTT_URL": self.plan.url,
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        self._stack.callback(process.wait, 10)
        self._stack.callback(process.terminate)
        return process

    def enrol(self, name: str) -> Identity:
        """A device that has made its key and enrolled with a token; its state is in `<name>`."""
        token = self.ask("/api/devices", {"name": name, "replace": True}).get_json()["token"]
        made = enroll(Hub(self.url), name, token, self.folder / name)
        assert isinstance(made, Identity)
        return made

    def ask(self, path: str, body: object = None, method: str = "POST") -> TestResponse:
        """One request to the hub, as its administrator, who logs in again where a machine takes its time."""
        answer = self._ask(path, body, method)
        if answer.status_code != HTTPStatus.UNAUTHORIZED:
            return answer
        self._log_in()
        return self._ask(path, body, method)

    def _log_in(self) -> None:
        self._token = ""
        self._token = self._ask("/api/auth/login", LOGIN, "POST").get_json()["access_token"]

    def _ask(self, path: str, body: object, method: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return self.app.test_client(use_cookies=False).open(path, method=method, json=body, headers=headers)

    def device(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(f"/api/devices/{name}", method="GET").get_json()
        return found

    def hang_up(self) -> None:
        """Have the broker read its files again."""
        os.kill(int((self.plan.home / "pid").read_text()), signal.SIGHUP)

    def join(self, who: Issued | Identity | None, name: str, *topics: str) -> Peer:
        """Connect, whether or not one is let in."""
        context = ssl.create_default_context(cadata=self.authority.ca_pem)
        if isinstance(who, Identity):
            context.load_cert_chain(who.folder / identity.CERTIFICATE, who.folder / identity.KEY)
        elif who is not None:
            path = self.folder / f"{name}.pem"
            path.write_text(who.certificate_pem + who.key_pem)
            context.load_cert_chain(path)
        client = Client(CallbackAPIVersion.VERSION2, client_id=name)
        client.tls_set_context(context)
        peer = Peer(client)

        def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
            peer.bodies.append(message.payload)
            peer.heard.append(message.topic)

        client.on_message = on_message
        client.on_connect = lambda client, *_: client.subscribe([(topic, 1) for topic in topics]) if topics else None
        client.reconnect_delay_set(1, 1)
        client.connect_async(HOST, self.plan.port)
        client.loop_start()
        self._peers.append(peer)
        return peer

    def _part(self) -> None:
        """All at once: a client that waits before its next try ends only after that."""
        for peer in self._peers:
            peer.client.disconnect()
        for peer in self._peers:
            peer.client.loop_stop()

    def guard_said(self, *words: str) -> bool:
        """Whether one line of the guard's log has all of these."""
        lines = (self.folder / "guard.log").read_text().splitlines()
        return any(all(word in line for word in words) for line in lines)

    def _guarded(self) -> bool:
        """The guard has written its lists, and the broker runs."""
        return self.guard_said("wrote the broker's lists") and (self.plan.home / "pid").exists()


def friend_is_let_in(place: FleetPlace) -> bool:
    """Whether the broker takes a good certificate now."""
    friend = place.authority.issue_client_certificate("friend")
    return Door(place.plan.url, place.authority).lets_in(friend, "friend")


def stays_out(place: FleetPlace, peer: Peer) -> None:
    """No session for it, while the broker takes others."""
    for _ in range(5):
        assert friend_is_let_in(place)
        assert not peer.stands()
