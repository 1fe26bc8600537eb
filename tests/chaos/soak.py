"""`make soak`: a hub under a crowd, and an agent with eight cameras that fail now and then, measured.

    python -m chaos.soak [--duration S] [--load 1.0] [--out DIR]

Load 1.0 is 200 devices with 800 cameras and 50 visits a second, 1000 dashboards, and 30 pages that watch video.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from chaos import soak_report
from chaos.children import Child
from chaos.link import Line
from chaos.run import INSIDE
from chaos.system import PASSWORD, USERNAME, Size, System, plain_environ

from hub.fleet.ca import CertificateAuthority
from hub.store.cluster import processes_in

DEVICES, CAMERAS_EACH, VISITS_PER_S, DASHBOARDS, VIEWERS = 200, 4, 50.0, 1000, 30
CROWDS, AGENT_CAMERAS = 4, 8
SAMPLE_S, FAULT_S = 5.0, 15.0
INSERT_DEVICE = (
    "INSERT INTO device (id, name, state, created_at, desired_revision, reported_revision, version, online) "
    "VALUES (%s, %s, 'approved', now(), 1, 1, '', true)"
)


@dataclass(slots=True)
class Soak:
    """One run on one system."""

    place: Path
    load: float
    samples: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    crowd: list[Child] = field(default_factory=list)
    began: float = 0.0

    def go(self, duration_s: float, clips: Sequence[Path]) -> dict[str, Any]:
        """Start all, measure, end; the samples and what the crowds told."""
        links = self._links(clips)
        system = System(self.place, Size(0, 0.0, tuple(links)), Line([]), [])
        system.start()
        try:
            self._gather(system)
            self.began = time.monotonic()
            self._watch(system, duration_s, links, list(clips))
        finally:
            for child in self.crowd:
                child.kill()
        told = {child.name: _lines(child.log) for child in self.crowd}
        system.stop()
        return {
            "load": self.load,
            "duration_s": round(time.monotonic() - self.began),
            "samples": self.samples,
            "told": told,
        }

    def _links(self, clips: Sequence[Path]) -> list[Path]:
        """Eight cameras of the agent, each a link to a clip, so that what is behind it can be changed."""
        folder = self.place.parent / "cameras"
        folder.mkdir()
        links = [folder / f"camera-{number}.mp4" for number in range(AGENT_CAMERAS if clips else 0)]
        for number, link in enumerate(links):
            link.symlink_to(clips[number % len(clips)])
        return links

    def _gather(self, system: System) -> None:
        folder = self.place / "crowd"
        folder.mkdir(mode=0o700)
        authority = CertificateAuthority.open(system.data_dir / "secrets")
        (folder / "ca.pem").write_text(authority.ca_pem)
        names, cameras = self._enrol(system, folder, authority)
        host, port = "127.0.0.1", str(system.broker_port)
        for number in range(CROWDS):
            words = [host, port, str(folder), str(VISITS_PER_S * self.load / CROWDS), *names[number::CROWDS]]
            self._crowd(f"devices-{number}", "devices", *words)
        login = (system.client.url, USERNAME, PASSWORD)
        self._crowd("dashboards", "dashboards", *login, str(int(DASHBOARDS * self.load)))
        self._crowd("viewers", "viewers", *login, *cameras[: max(1, int(VIEWERS * self.load))])

    def _enrol(self, system: System, folder: Path, authority: CertificateAuthority) -> tuple[list[str], list[str]]:
        """Devices straight into the database: enrolment is not what is measured. Names with cameras; all cameras."""
        names, every = [], []
        for number in range(int(DEVICES * self.load)):
            name = f"soak-{number}"
            issued = authority.issue_client_certificate(name, datetime.now(UTC))
            (folder / f"{name}.pem").write_text(issued.certificate_pem + issued.key_pem)
            system.execute(INSERT_DEVICE, name, name)
            cameras = [
                str(system.add_camera(name, f"{name} {side}", "rtsp://192.0.2.1/1")) for side in range(CAMERAS_EACH)
            ]
            names.append(f"{name}:{','.join(cameras)}")
            every += cameras
        return names, every

    def _crowd(self, name: str, *words: str) -> None:
        child = Child(
            name, [sys.executable, "-m", "chaos.crowd", *words], plain_environ(), self.place / "logs" / f"{name}.log"
        )
        child.start()
        self.crowd.append(child)

    def _watch(self, system: System, duration_s: float, links: list[Path], clips: list[Path]) -> None:
        fault_at = time.monotonic() + FAULT_S
        while (now := time.monotonic()) - self.began < duration_s:
            self._sample(system)
            if links and now > fault_at:
                fault_at = now + FAULT_S
                _swap(random.choice(links), random.choice([*clips, *clips, Path("/nowhere"), Path(__file__)]))
            time.sleep(max(0.0, SAMPLE_S - (time.monotonic() - now)))

    def _sample(self, system: System) -> None:
        at = round(time.monotonic() - self.began, 1)
        pids = {name: [child.pid] for name, child in system.children.items() if child.runs}
        pids["postgres"] = sorted(processes_in(system.data_dir / "postgres" / "cluster"))
        for name, roots in pids.items():
            self.samples.setdefault(name, []).append({"at_s": at, **_measured(roots, with_children=name != "postgres")})


def _measured(pids: list[int], with_children: bool) -> dict[str, float]:
    """Memory (private and shared by its share, MB), descriptors, threads and CPU seconds of a program's processes."""
    found = {"pss_mb": 0.0, "fds": 0.0, "threads": 0.0, "cpu_s": 0.0}
    for pid in pids:
        try:
            root = psutil.Process(pid)
            for process in [root, *(root.children(recursive=True) if with_children else ())]:
                with process.oneshot():
                    times = process.cpu_times()
                    found["pss_mb"] += process.memory_full_info().pss / 2**20
                    found["fds"] += process.num_fds()
                    found["threads"] += process.num_threads()
                    found["cpu_s"] += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return {name: round(value, 2) for name, value in found.items()}


def _swap(link: Path, target: Path) -> None:
    fresh = link.with_name(f".{link.name}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def _lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def main() -> int:
    """One run, its table and its plot."""
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--duration", type=float, default=3600)
    parser.add_argument("--load", type=float, default=1.0)
    parser.add_argument("--out", type=Path, default=Path("build/soak"))
    given = parser.parse_args()
    if INSIDE not in os.environ:
        words = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable]
        os.environ[INSIDE] = "1"
        os.execvp(words[0], [*words, "-m", "chaos.soak", *sys.argv[1:]])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    folder = Path(os.environ.get("WATCHPOST_TEST_DATA", Path(__file__).parents[3] / "shared" / "data")) / "clips"
    clips = sorted(folder.glob("*.mp4"))
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as place:
        result = Soak(Path(place) / "run", given.load).go(given.duration, clips)
    (given.out / "soak.json").write_text(json.dumps(result))
    (given.out / "soak.svg").write_text(soak_report.plot(result))
    print(soak_report.table(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
