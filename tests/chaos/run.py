"""`make chaos`: a whole system, broken by a seeded schedule while visits flow, and the reckoning afterwards.

    python -m chaos.run [--seed N] [--form short|long] [--out DIR]

Needs root: network, mount and process namespaces, loop devices, TUN. It enters them itself and leaves nothing behind.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg2
from chaos import faults, given_up, ledger, report, truth
from chaos.feed import Dashboard
from chaos.given_up import GivenUp
from chaos.ledger import Kept, Reckoning
from chaos.link import Line
from chaos.schedule import KINDS, WHOLE_HUB, Cast, Fault, schedule
from chaos.system import PASSWORD, PAUSE_S, UP_S, USERNAME, Size, System
from waiting import until

from edge.alerts.outbox_view import OutboxUnreadable, view
from hub.store.errors import PictureError
from hub.store.segments import Place, read_picture

DRAIN_S = 900.0
FIRST_VISITS = 20
HEARD_S = 30.0
INSIDE = "CHAOS_INSIDE"
ALERTS = (
    "SELECT id::text, device_id, camera_id::text, extract(epoch FROM opened_at)::float8, "
    "extract(epoch FROM closed_at)::float8, picture_segment, picture_offset, picture_length, picture_sha256 FROM alert"
)


@dataclass(frozen=True, slots=True)
class Form:
    """How much of it."""

    duration_s: float
    faults: int
    devices: int
    visits_per_second: float
    visits: int
    clips: int


FORMS = {
    "short": Form(duration_s=60, faults=len(KINDS), devices=4, visits_per_second=8, visits=300, clips=1),
    "long": Form(duration_s=400, faults=3 * len(KINDS), devices=10, visits_per_second=34, visits=10_500, clips=2),
}


@dataclass(slots=True)
class Run:
    """One run, from an empty folder to a reckoning."""

    seed: int
    form: Form
    place: Path
    began: float = 0.0
    backups: list[float] = field(default_factory=list)
    forgotten: bool = False

    def go(self, clips: list[Path]) -> dict[str, Any]:
        """Break everything and tell how it went."""
        namespaces = [subprocess.Popen(["unshare", "--net", "sleep", "infinity"]) for _ in range(self.form.devices)]
        time.sleep(0.5)
        size = Size(self.form.devices, self.form.visits_per_second, tuple(clips))
        pids = [process.pid for process in namespaces]
        system = System(self.place, size, Line(pids), pids)
        system.start()
        dashboard = Dashboard(system.client.url, USERNAME, PASSWORD)
        dashboard.start()
        if clips:
            system.client.start_stream("agent")
        cast = Cast(system.devices, ["agent"] if clips else [])
        kinds = [kind for kind in KINDS if faults.possible(kind.name) and (clips or kind.targets != "agent")]
        planned = schedule(self.seed, self.form.duration_s, self.form.faults, cast, kinds)
        done = self._break(system, planned)
        quiet_at = self._now()
        drained_s = self._drain(system)
        _hear_out(system, dashboard)
        result = self._reckon(system, dashboard, any(fault.kind == "restore" for fault in planned))
        told = dashboard.told
        outcome: dict[str, Any] = {
            "seed": self.seed,
            "form": asdict(self.form),
            "faults": done,
            "quiet_at": quiet_at,
            "drained_s": drained_s,
            "backups": self.backups,
            "made": [round(promise.made_s - self.began, 2) for promise in _promised(system).values()],
            "received": self._received(system),
            "dashboard": {"connections": told.connections, "missed": told.missed, "frames": told.cursors.total()},
            "reckoning": asdict(result),
            "sound": result.sound,
        }
        system.stop()
        return outcome

    def _now(self) -> float:
        return round(time.monotonic() - self.began, 3)

    def _break(self, system: System, planned: list[Fault]) -> list[dict[str, Any]]:
        """Begin and end each fault when it is due, the ends first."""
        self.began = time.monotonic()
        until(
            lambda: len(_query(system, "SELECT id FROM alert")) > FIRST_VISITS,
            "the first visits at the hub",
            UP_S,
            PAUSE_S,
        )
        self._back_up(system)
        events = sorted(chain.from_iterable([(f.at_s, 1, f), (f.ends_s, 0, f)] for f in planned))
        done: dict[Fault, dict[str, Any]] = {}
        running: set[str] = set()
        offset_s = self._now()
        for due_s, begins, fault in events:
            time.sleep(max(0.0, due_s + offset_s - self._now()))
            if begins:
                done[fault] = {**asdict(fault), "began_s": self._now()}
                _say(f"{self._now():7.1f}  {fault.kind} {fault.target}")
                faults.begin(system, fault)
                running.add(fault.target)
            else:
                faults.end(system, fault)
                done[fault]["ended_s"] = self._now()
                running.remove(fault.target)
                self.forgotten |= fault.kind == "full disk" and fault.target in system.devices
            if self.forgotten and not running & {"postgres", WHOLE_HUB}:
                self._back_up(system)
        until(lambda: len(_promised(system)) >= self.form.visits, "enough visits", DRAIN_S, PAUSE_S)
        return list(done.values())

    def _back_up(self, system: System) -> None:
        """Last night's backup: made first, and anew when a full disk has made a device forget what it had sent."""
        system.hub_command("backup", str(faults.backup_of(system)))
        self.backups.append(self._now())
        self.forgotten = False

    def _drain(self, system: System) -> float:
        """No more visits: everything that waits is sent. How long that took."""
        (system.truth / "quiet").touch()
        until(system.client.is_up, "the hub after it all", UP_S, PAUSE_S)
        system.log_in()
        until(lambda: system.client.enable_cameras("agent", False), "the end of the agent's visits", UP_S, PAUSE_S)
        began = time.monotonic()
        names = [name for name in system.disks if name != "hub"]
        until(lambda: not _waiting(system, names), "the end of the queues", DRAIN_S, PAUSE_S)
        drained_s = round(time.monotonic() - began, 1)
        return drained_s

    def _reckon(self, system: System, dashboard: Dashboard, restored: bool) -> Reckoning:
        dashboard.stop()
        return ledger.reckon(_promised(system), _kept(system), dashboard.told, restored, _given_up(system))

    def _received(self, system: System) -> list[float]:
        """When the hub stored each visit first, in seconds since the beginning."""
        began_at = time.time() - self._now()
        times = _query(system, "SELECT extract(epoch FROM received_at)::float8 FROM alert")
        return [round(float(at) - began_at, 2) for (at,) in times]


def _hear_out(system: System, dashboard: Dashboard) -> None:
    """Until the dashboard has heard of the last commit; what it does not hear in time, the reckoning tells."""
    closed = {visit_id for (visit_id,) in _query(system, "SELECT id::text FROM alert WHERE closed_at IS NOT NULL")}
    deadline = time.monotonic() + HEARD_S
    while closed - dashboard.told.closed.keys() and time.monotonic() < deadline:
        time.sleep(0.2)


def _promised(system: System) -> dict[str, truth.Promise]:
    found: dict[str, truth.Promise] = {}
    for log in sorted(system.truth.glob("*.log")):
        found |= truth.read(log)
    return found


def _given_up(system: System) -> dict[str, GivenUp]:
    return {name: given_up.read(_outbox(system, name)) for name in system.disks if name != WHOLE_HUB}


def _outbox(system: System, name: str) -> Path:
    return system.disks[name].folder / "state" / "outbox.db"


def _waiting(system: System, names: list[str]) -> dict[str, int]:
    """How many messages wait, or visits are open, on each device that has any."""
    found = {}
    for name in names:
        try:
            seen = view(_outbox(system, name))
            count = len(seen.waiting) + len(seen.still_open)
        except OutboxUnreadable:
            count = 1
        if count:
            found[name] = count
    return found


def _kept(system: System) -> list[Kept]:
    return [_row(system, *row) for row in _query(system, ALERTS)]


def _query(system: System, statement: str) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(system.database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()
    finally:
        connection.close()


def _row(system: System, visit_id: str, device: str, camera: str, opened: float, closed: float, *picture: Any) -> Kept:
    segment, offset, length, digest = picture
    sha256 = None
    if segment is not None:
        try:
            read_picture(system.data_dir / "pictures", Place(segment, offset, length), digest)
            sha256 = bytes(digest).hex()
        except PictureError as error:
            sha256 = str(error)
    return Kept(visit_id, device, camera, opened, closed, sha256)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _clips(count: int) -> list[Path]:
    folder = Path(os.environ.get("WATCHPOST_TEST_DATA", Path(__file__).parents[3] / "shared" / "data")) / "clips"
    names = ("composed_two_visitors_480p.mp4", "corridor_two_people_270p.mp4")
    return [folder / name for name in names[:count] if (folder / name).exists()]


def _enter_namespaces() -> None:
    """Begin again in namespaces that end with us."""
    words = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable]
    os.environ[INSIDE] = "1"
    os.execvp(words[0], [*words, "-m", "chaos.run", *sys.argv[1:]])


def _run(given: argparse.Namespace, place: Path) -> dict[str, Any]:
    """The run, its report, and the logs where a promise was broken or the run itself failed."""
    form, name, sound = FORMS[given.form], f"chaos-{given.form}-{given.seed}", False
    try:
        result = Run(given.seed, form, place).go(_clips(form.clips))
        sound = result["sound"] and not given.keep
        if given.out is not None:
            given.out.mkdir(parents=True, exist_ok=True)
            (given.out / f"{name}.json").write_text(json.dumps(result))
            (given.out / f"{name}.svg").write_text(report.plot(result))
        return result
    finally:
        if given.out is not None and not sound:
            for folder in ("logs", "truth"):
                shutil.copytree(place / folder, given.out / f"{name}-{folder}", dirs_exist_ok=True)


def main() -> int:
    """One run; the exit status says whether all promises were held."""
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--form", choices=FORMS, default="short")
    parser.add_argument("--out", type=Path, help="where the report goes; the logs too if a promise was broken")
    parser.add_argument("--keep", action="store_true", help="keep the logs in any case")
    given = parser.parse_args()
    if INSIDE not in os.environ:
        _enter_namespaces()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as place:
        result = _run(given, Path(place) / "run")
    print(report.summary(result))
    return 0 if result["sound"] else 1


if __name__ == "__main__":
    sys.exit(main())
