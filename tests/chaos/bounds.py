"""Two things that a hub must stand: a hundred devices that return at once after a day, and one device that floods.

python -m chaos.bounds [--devices 100] [--backlog 60]        (as root; prints two lines)
"""

import argparse
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import uuid4

from chaos.crowd import LightDevice, Tally
from chaos.link import Line
from chaos.pictures import picture
from chaos.run import INSIDE
from chaos.soak import INSERT_DEVICE
from chaos.soak_report import percentile
from chaos.system import Size, System

from edge.alerts.outbox import Outbox
from edge.clock import SystemClock
from edge.uplink.broker import Certificates, broker_at
from edge.uplink.connection import Device
from edge.uplink.uplink import Uplink
from edge.values import Box, VisitReport
from hub.fleet.ca import CertificateAuthority

FLOOD_S = 20.0
PATIENCE_S = 300.0


class Place:
    """A hub, and room for devices beside it."""

    def __init__(self, folder: Path) -> None:
        self.system = System(folder / "run", Size(0, 0.0, ()), Line([]), [])
        self.system.start()
        self.folder = folder / "devices"
        self.folder.mkdir(mode=0o700)
        self.authority = CertificateAuthority.open(self.system.data_dir / "secrets")
        self.ca = self.folder / "ca.pem"
        self.ca.write_text(self.authority.ca_pem)

    def enrolled(self, name: str) -> tuple[Path, str]:
        """The file with a device's certificate and key, and the id of its camera."""
        issued = self.authority.issue_client_certificate(name, datetime.now(UTC))
        path = self.folder / f"{name}.pem"
        path.write_text(issued.certificate_pem + issued.key_pem)
        self.system.execute(INSERT_DEVICE, name, name)
        return path, str(self.system.add_camera(name, name, "rtsp://192.0.2.1/1"))

    def light(self, name: str, tally: Tally) -> LightDevice:
        """A connected device without an outbox."""
        path, camera = self.enrolled(name)
        tls = ssl.create_default_context(cafile=self.ca)
        tls.load_cert_chain(path)
        return LightDevice(("127.0.0.1", self.system.broker_port), f"{name}:{camera}", tls, tally)

    def full(self, name: str, backlog: int) -> tuple[Outbox, Uplink]:
        """A real outbox with visits of yesterday, and its uplink, not started."""
        path, camera = self.enrolled(name)
        random, outbox = Random(name), Outbox(self.folder / f"{name}.db", 2**30, SystemClock())
        for _ in range(backlog):
            at = time.time() - 86400 * random.random()
            outbox.put(VisitReport(uuid4(), camera, at, at + 5, 1, 0.9, Box(8, 8, 24, 32), picture(random)))
        url = f"mqtts://127.0.0.1:{self.system.broker_port}"
        device = Device(name, "bounds", broker_at(url, Certificates(self.ca, path, path)))
        return outbox, Uplink(device, outbox, lambda _message: None, SystemClock())


def returning(place: Place, count: int, backlog: int) -> str:
    """All at once; when the first and the last device had everything acknowledged."""
    fleet = [place.full(f"returning-{number}", backlog) for number in range(count)]
    began, done = time.monotonic(), {}
    for _, uplink in fleet:
        uplink.start()
    while len(done) < count and time.monotonic() - began < PATIENCE_S:
        for number, (outbox, _) in enumerate(fleet):
            if number not in done and outbox.figures().length == 0:
                done[number] = time.monotonic() - began
        time.sleep(0.1)
    for _, uplink in fleet:
        uplink.stop()
    times = sorted(done.values())
    visits = len(times) * backlog
    return (
        f"{len(times)} of {count} devices with {backlog} visits each: first done after {times[0]:.1f} s, half after "
        f"{percentile(times, 50):.1f} s, last after {times[-1]:.1f} s; {visits / times[-1]:.0f} visits a second"
    )


def flooded(place: Place) -> str:
    """Ten honest devices with two visits a second each, before and while one sends as fast as it can."""
    tally, flood_tally, stop = Tally(), Tally(), threading.Event()
    honest = [place.light(f"honest-{number}", tally) for number in range(10)]
    hostile = place.light("hostile", flood_tally)
    time.sleep(2)
    quiet = _honest(honest, tally)
    sent = 0

    def flood() -> None:
        nonlocal sent
        while not stop.is_set():
            hostile.visit()
            sent += 1

    threading.Thread(target=flood, daemon=True).start()
    loud = _honest(honest, tally)
    stop.set()
    waiting = sum(device.waiting for device in honest)
    return (
        f"honest devices, sending to ack: {_words(quiet)}; beside a flood of {sent / FLOOD_S:.0f} visits a second: "
        f"{_words(loud)}, {waiting} unanswered"
    )


def _words(times: list[float]) -> str:
    return ", ".join(f"p{share} {percentile(times, share):.0f} ms" for share in (50, 95, 99)) + f" of {len(times)}"


def _honest(devices: list[LightDevice], tally: Tally) -> list[float]:
    began = time.monotonic()
    while time.monotonic() - began < FLOOD_S:
        for device in devices:
            device.visit()
        time.sleep(0.5)
    time.sleep(3)
    with tally.lock:
        found, tally.latencies = sorted(tally.latencies), []
    return found


def main() -> int:
    """Both."""
    parser = argparse.ArgumentParser(prog="bounds")
    parser.add_argument("--devices", type=int, default=100)
    parser.add_argument("--backlog", type=int, default=60)
    given = parser.parse_args()
    if INSIDE not in os.environ:
        words = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable]
        os.environ[INSIDE] = "1"
        os.execvp(words[0], [*words, "-m", "chaos.bounds", *sys.argv[1:]])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(prefix="bounds-", ignore_cleanup_errors=True) as folder:
        place = Place(Path(folder))
        print(returning(place, given.devices, given.backlog), flush=True)
        print(flooded(place), flush=True)
        place.system.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
