"""`make soak`: a hub under a crowd, and an agent with eight cameras that fail now and then, measured.

    python -m chaos.soak [--duration S] [--load 1.0] [--out DIR]

Load 1.0 is 200 devices with 800 cameras and 50 visits a second, 1000 dashboards, and 30 pages that watch the agent's
video. The report is written every few minutes, and at the end, also at the end by SIGTERM.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
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
SAMPLE_S, FAULT_S, REPORT_S = 10.0, 15.0, 300.0
INSERT_DEVICE = (
    "INSERT INTO device (id, name, state, created_at, desired_revision, reported_revision, version, online) "
    "VALUES (%s, %s, 'approved', now(), 1, 1, '', true)"
)


@dataclass(slots=True)
class Soak:
    """One run on one system."""

    place: Path
    load: float
    report: Callable[[dict[str, Any]], None]
    samples: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    crowd: list[Child] = field(default_factory=list)
    faults: int = 0
    began: float = 0.0

    def go(self, duration_s: float, clips: Sequence[Path]) -> None:
        """Start all, measure, end; the report has the samples and what the crowds told."""
        links = self._links(clips)
        system = System(self.place, Size(0, 0.0, tuple(links)), Line([]), [])
        system.start()
        try:
            self._gather(system)
            self.began = time.monotonic()
            self._watch(system, duration_s, links, list(clips))
        finally:
            if self.began:
                self.report(self._result())
            for child in self.crowd:
                child.kill()
            system.stop()

    def _result(self) -> dict[str, Any]:
        return {
            "load": self.load,
            "duration_s": round(time.monotonic() - self.began),
            "samples": self.samples,
            "faults": self.faults,
            "told": {child.name: _lines(child.log) for child in self.crowd},
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
        names = self._enrol(system, folder, authority)
        host, port = "127.0.0.1", str(system.broker_port)
        for number in range(CROWDS):
            words = [host, port, str(folder), str(VISITS_PER_S * self.load / CROWDS), *names[number::CROWDS]]
            self._crowd(f"devices-{number}", "chaos.crowd", "devices", *words)
        login = (system.client.url, USERNAME, PASSWORD)
        self._crowd("dashboards", "chaos.crowd", "dashboards", *login, str(int(DASHBOARDS * self.load)))
        watched = [str(camera["id"]) for camera in system.client.cameras() if camera["device_id"] == "agent"]
        if watched:
            seats = [watched[number % len(watched)] for number in range(max(1, int(VIEWERS * self.load)))]
            self._crowd("viewers", "chaos.viewers", *login, *seats)

    def _enrol(self, system: System, folder: Path, authority: CertificateAuthority) -> list[str]:
        """Devices straight into the database: enrolment is not what is measured. Their names with their cameras."""
        names = []
        for number in range(int(DEVICES * self.load)):
            name = f"soak-{number}"
            issued = authority.issue_client_certificate(name, datetime.now(UTC))
            (folder / f"{name}.pem").write_text(issued.certificate_pem + issued.key_pem)
            system.execute(INSERT_DEVICE, name, name)
            cameras = [
                str(system.add_camera(name, f"{name} {side}", "rtsp://192.0.2.1/1")) for side in range(CAMERAS_EACH)
            ]
            names.append(f"{name}:{','.join(cameras)}")
        return names

    def _crowd(self, name: str, *words: str) -> None:
        log = self.place / "logs" / f"{name}.log"
        child = Child(name, [sys.executable, "-m", *words], plain_environ(), log)
        child.start()
        self.crowd.append(child)

    def _watch(self, system: System, duration_s: float, links: list[Path], clips: list[Path]) -> None:
        fault_at, report_at = time.monotonic() + FAULT_S, time.monotonic() + REPORT_S
        while (now := time.monotonic()) - self.began < duration_s:
            self._sample(system)
            if links and now > fault_at:
                fault_at = now + FAULT_S
                _swap(random.choice(links), random.choice([*clips, *clips, Path("/nowhere"), Path(__file__)]))
                self.faults += 1
            if now > report_at:
                report_at = now + REPORT_S
                self.report(self._result())
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
    whole = log.read_text().rpartition("\n")[0]  # the last line may be half there
    return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]


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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before its time"))
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as place:
        Soak(Path(place) / "run", given.load, lambda result: _report(result, given.out)).go(given.duration, clips)
    print((given.out / "soak.md").read_text())
    return 0


def _report(result: dict[str, Any], out: Path) -> None:
    (out / "soak.json").write_text(json.dumps(result))
    (out / "soak.svg").write_text(soak_report.plot(result))
    (out / "soak.md").write_text(soak_report.table(result) + "\n")


if __name__ == "__main__":
    sys.exit(main())
