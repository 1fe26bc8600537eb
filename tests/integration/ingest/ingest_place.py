"""A hub's data path with real parts, and what a test does with it."""

import os
import signal
import ssl
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
from pretend_devices import PretendDevice

from hub.broker import Broker
from hub.fleet.ca import CertificateAuthority
from hub.secrets import Sealer
from hub.store.embedded import EmbeddedPostgres

PROGRAM = str(Path(sys.executable).with_name("watchpost-hub"))


@dataclass
class Place:
    """One installation; `ingest` is None while it does not run."""

    data_dir: Path
    server: EmbeddedPostgres
    database_url: str
    authority: CertificateAuthority
    broker: Broker
    ingest: subprocess.Popen[bytes] | None = None
    devices: list[PretendDevice] = field(default_factory=list)

    def start_ingest(self, *options: str) -> subprocess.Popen[bytes]:
        environ = {
            **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
            "WATCHPOST_DATA_DIR": str(self.data_dir),
            "WATCHPOST_DATABASE_URL": self.database_url,
            "WATCHPOST_MQTT_URL": self.broker.url,
        }
        with (self.data_dir / "ingest.log").open("ab") as log:
            self.ingest = subprocess.Popen([PROGRAM, "ingest", *options], env=environ, stdout=log, stderr=log)
        return self.ingest

    def stop_ingest(self, number: int = signal.SIGTERM) -> int:
        assert self.ingest is not None
        self.ingest.send_signal(number)
        code = self.ingest.wait(10)
        self.ingest = None
        return code

    def join(self, device_id: str) -> PretendDevice:
        issued = self.authority.issue_client_certificate(device_id)
        path = self.data_dir / f"{device_id}.pem"
        path.write_text(issued.certificate_pem + issued.key_pem)
        tls = ssl.create_default_context(cadata=self.authority.ca_pem)
        tls.load_cert_chain(path)
        host, _, port = self.broker.url.removeprefix("mqtts://").partition(":")
        self.devices.append(PretendDevice(host, int(port), device_id, tls))
        return self.devices[-1]

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self.database_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def add_camera(self, device_id: str) -> int:
        """An approved device with one more camera."""
        now = datetime.now(UTC)
        self.query(
            "INSERT INTO device (id, name, state, created_at, desired_revision, reported_revision, version, online) "
            "VALUES (%s, %s, 'approved', %s, 1, 0, '', false) ON CONFLICT DO NOTHING",
            device_id,
            device_id,
            now,
        )
        from hub.store.db import open_database
        from hub.store.models import Camera

        database = open_database(self.database_url)
        try:
            sealed = Sealer.open(self.data_dir / "secrets").seal("rtsp://user:pass@camera/1")
            camera = Camera.create(
                name="Door", source_url_sealed=sealed, device=device_id, created_at=now, updated_at=now
            )
            return int(camera.id)
        finally:
            database.close_all()

    def close(self) -> None:
        for device in self.devices:
            device.leave()
        if self.ingest is not None:
            self.stop_ingest(signal.SIGKILL)
        self.broker.stop()
        self.server.stop()
