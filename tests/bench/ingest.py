"""How much CPU an alert costs from the broker to the row, over all processes: broker, ingest, PostgreSQL.

    python tests/bench/ingest.py [--alerts 10000] [--picture 40000] [--broker mosquitto|embedded] [--devices 12]
        [--door tls|loopback]

Devices are so many that none takes more than its share (hub/ingest/shares.py).
`--door`: how ingest itself gets in; loopback is deploy/mosquitto-hub-door.conf.

Prints one JSON line. Devices are simulated in processes of their own, whose CPU is not counted.
"""

import argparse
import json
import multiprocessing
import os
import secrets
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from uuid import UUID

import psutil
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from edge.wire.codec import decode, encode
from edge.wire.messages import Ack, Visit
from edge.wire.topics import Kind, topic
from hub.broker import start_broker
from hub.fleet.ca import CertificateAuthority
from hub.secrets import Sealer
from hub.store import migrate
from hub.store.cluster import free_port
from hub.store.db import open_database
from hub.store.embedded import EmbeddedPostgres
from hub.store.models import Camera, Device

WINDOW = 60
DOOR = Path(__file__).parents[2] / "deploy" / "mosquitto-hub-door.conf"
PROGRAM = str(Path(sys.executable).with_name("watchpost-hub"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--picture", type=int, default=40_000)
    parser.add_argument("--broker", choices=["mosquitto", "embedded"], default="mosquitto")
    parser.add_argument("--devices", type=int, default=12)
    parser.add_argument("--door", choices=["tls", "loopback"], default="tls")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        print(json.dumps(measured(Path(directory), arguments)))


def measured(data_dir: Path, arguments: argparse.Namespace) -> dict[str, object]:
    authority = CertificateAuthority.open(data_dir / "secrets")
    more, door = loopback_door(data_dir) if arguments.door == "loopback" else ("", "")
    broker = start_broker(data_dir, authority, prefer=arguments.broker, more=more)
    server = EmbeddedPostgres(data_dir, die_with_parent=True)
    url = server.start()
    migrate.up(url)
    database = open_database(url)
    with database.connection_context():
        cameras = prepared(data_dir, arguments.devices)
    database.close_all()
    environ = {**os.environ, "WATCHPOST_DATA_DIR": str(data_dir), "WATCHPOST_DATABASE_URL": url}
    environ["WATCHPOST_MQTT_URL"] = door or broker.url
    with (data_dir / "ingest.log").open("wb") as log:
        ingest = subprocess.Popen([PROGRAM, "ingest"], env=environ, stderr=log)
    try:
        while b"connected" not in (data_dir / "ingest.log").read_bytes():
            time.sleep(0.05)
        return driven(
            data_dir,
            authority,
            broker.url,
            url,
            cameras,
            arguments,
            {
                "broker": broker.process.pid,
                "ingest": ingest.pid,
                "postgres": int((data_dir / "postgres/cluster/postmaster.pid").read_text().split()[0]),
            },
        )
    finally:
        ingest.send_signal(signal.SIGTERM)
        ingest.wait()
        broker.stop()
        server.stop()


def loopback_door(data_dir: Path) -> tuple[str, str]:
    """The lines that open it, and the URL that leads through it."""
    place, password, port = data_dir / "broker", secrets.token_urlsafe(), free_port(data_dir / "door")
    place.mkdir(mode=0o700)
    subprocess.run(["mosquitto_passwd", "-b", "-c", place / "passwd", "hub", password], check=True)
    lines = DOOR.read_text().replace("/etc/mosquitto/watchpost-hub.passwd", str(place / "passwd"))
    lines = lines.replace("/broker/lists/acl", str(place / "acl")).replace("listener 1884", f"listener {port}")
    return lines, f"mqtt://hub:{password}@127.0.0.1:{port}"


def prepared(data_dir: Path, devices: int) -> dict[str, int]:
    """So many devices with a camera each, in the database that is open: cameras by device."""
    now, sealed, cameras = datetime.now(UTC), Sealer.open(data_dir / "secrets").seal("rtsp://c/1"), {}
    for number in range(devices):
        name = f"device-{number}"
        Device.insert(id=name, name=name, state="approved", created_at=now).execute()
        cameras[name] = Camera.insert(
            name=name, source_url_sealed=sealed, device=name, created_at=now, updated_at=now
        ).execute()
    return cameras


def driven(data_dir, authority, broker_url, url, cameras, arguments, pids):  # noqa: ANN001, ANN201
    tls = {}
    for name in cameras:
        issued = authority.issue_client_certificate(name)
        tls[name] = data_dir / f"{name}.pem"
        tls[name].write_text(issued.certificate_pem + issued.key_pem)
    share = arguments.alerts // len(cameras)
    go = multiprocessing.Event()
    ready = multiprocessing.Semaphore(0)
    senders = [
        multiprocessing.Process(
            target=send,
            args=(broker_url, name, camera, share, arguments.picture, tls[name], authority.ca_pem, ready, go),
        )
        for name, camera in cameras.items()
    ]
    for sender in senders:
        sender.start()
    for _ in senders:
        ready.acquire()
    before, began = cpu(pids), time.monotonic()
    go.set()
    for sender in senders:
        sender.join()
    wall, after = time.monotonic() - began, cpu(pids)
    total = share * len(cameras)
    with migrate.session(url) as database:
        ((stored,),) = database.execute_sql("SELECT count(*) FROM alert").fetchall()
    each = {name: round((after[name] - before[name]) * 1000 / total, 4) for name in pids}
    return {
        "alerts": total,
        "stored": stored,
        "picture": arguments.picture,
        "broker": arguments.broker,
        "door": arguments.door,
        "wall_s": round(wall, 2),
        "per_s": round(total / wall),
        "cpu_ms_per_alert": each,
        "cpu_ms_all": round(sum(each.values()), 4),
        "per_s_on_one_core": round(1000 / sum(each.values())),
        "ingest_max_rss_mb": round(psutil.Process(pids["ingest"]).memory_info().rss / 2**20),
    }


def cpu(pids: dict[str, int]) -> dict[str, float]:
    """CPU seconds of each process with its children."""
    used = {}
    for name, pid in pids.items():
        root = psutil.Process(pid)
        times = [process.cpu_times() for process in (root, *root.children(recursive=True))]
        times_of_dead = root.cpu_times()
        used[name] = sum(item.user + item.system for item in times)
        used[name] += times_of_dead.children_user + times_of_dead.children_system
    return used


def send(broker_url, name, camera, count, size, certificate, ca_pem, ready, go):  # noqa: ANN001, ANN201
    """One device: a window of messages, each gone when the hub has answered."""
    picture = Random(1).randbytes(size)
    digest = sha256(picture).digest()
    payloads = [
        encode(
            Visit(
                visit_id=UUID(bytes=os.urandom(16), version=4),
                camera=str(camera),
                opened_at=datetime.now(UTC),
                closed_at=None,
                faces=1,
                score=0.9,
                box=(1.0, 2.0, 3.0, 4.0),
                picture=picture,
                picture_sha256=digest,
                sequence=number,
            )
        )
        for number in range(count)
    ]
    answered: set[int] = set()

    def on_message(_client, _userdata, message) -> None:  # noqa: ANN001
        answered.update(item.sequence for item in decode(Ack, message.payload).committed)

    client = Client(CallbackAPIVersion.VERSION2, client_id=name)
    context = ssl.create_default_context(cadata=ca_pem)
    context.load_cert_chain(certificate)
    client.tls_set_context(context)
    client.on_message = on_message
    client.on_connect = lambda *_: client.subscribe(topic(name, Kind.ACK), 1)
    client.max_inflight_messages_set(WINDOW)
    host, _, port = broker_url.removeprefix("mqtts://").partition(":")
    client.connect(host, int(port))
    client.loop_start()
    time.sleep(1)
    ready.release()
    go.wait()
    for number, payload in enumerate(payloads):
        while number - len(answered) >= WINDOW:
            time.sleep(0.002)
        client.publish(topic(name, Kind.VISIT), payload, 1)
    while len(answered) < count:
        time.sleep(0.005)
    client.disconnect()


if __name__ == "__main__":
    main()
