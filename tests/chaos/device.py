"""A device whose cameras are made up and whose everything else is real: its outbox, its uplink, its identity.

    python -m chaos.device STATE_DIR TRUTH_LOG VISITS_PER_SECOND CAMERA...

It makes visits until a file `quiet` appears beside the log; then it closes those that are open and only sends.
"""

import select
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random, SystemRandom
from uuid import UUID, uuid4

from chaos.given_up import name_what_is_given_up
from chaos.pictures import picture
from chaos.truth import TruthLog

from edge.alerts.outbox import Outbox
from edge.clock import SystemClock
from edge.device.health import HealthMeter
from edge.identity import identity
from edge.uplink.broker import broker_at
from edge.uplink.connection import Device
from edge.uplink.uplink import Uplink
from edge.values import Box, VisitReport
from edge.wire.messages import Command, Desired, Reported

MB = 1024 * 1024
QUOTA_MB = 160
TICK_S = 0.05
RETRY_S = 1.0
HEALTH_S = 5.0
LONGEST_S = 6.0


@dataclass(slots=True)
class Visitors:
    """Opens and closes visits at random; `due` gives the reports of one moment."""

    cameras: list[str]
    per_second: float
    random: Random = field(default_factory=SystemRandom)
    _open: dict[UUID, tuple[VisitReport, float]] = field(default_factory=dict)

    def due(self, now: float, passed_s: float, quiet: bool) -> list[VisitReport]:
        """What begins and what ends; `now` in UTC seconds. Nobody comes, and everybody leaves, once it is quiet."""
        reports = []
        for visit_id, (opening, left_s) in list(self._open.items()):
            self._open[visit_id] = (opening, left_s - passed_s)
            if quiet or left_s <= passed_s:
                del self._open[visit_id]
                reports.append(self._report(visit_id, opening.camera, opening.opened_at, max(now, opening.opened_at)))
        coming = 0.0 if quiet else passed_s * self.per_second
        for _ in range(int(coming) + (self.random.random() < coming % 1)):
            opening = self._report(uuid4(), self.random.choice(self.cameras), now, None)
            self._open[opening.visit_id] = (opening, self.random.uniform(0.1, LONGEST_S))
            reports.append(opening)
        return reports

    def _report(self, visit_id: UUID, camera: str, opened_at: float, closed_at: float | None) -> VisitReport:
        score = self.random.uniform(0.6, 1.0)
        return VisitReport(visit_id, camera, opened_at, closed_at, 1, score, Box(8, 8, 24, 32), picture(self.random))


def main(state_dir: Path, log: Path, per_second: float, cameras: list[str]) -> None:
    """Run until killed."""
    clock, truth, visitors = SystemClock(), TruthLog(log), Visitors(cameras, per_second)
    known = identity.load(state_dir)
    assert known is not None
    outbox = Outbox(state_dir / "outbox.db", QUOTA_MB * MB, clock)
    name_what_is_given_up(state_dir / "outbox.db")

    def hear(message: Desired | Command) -> None:
        if isinstance(message, Desired):
            if message.recall is not None:
                outbox.offer_again(message.recall)
            uplink.report(Reported(message.revision, "chaos"))

    device = Device(known.facts.device_id, "chaos", broker_at(known.facts.mqtt_url, known.certificates))
    uplink = Uplink(device, outbox, hear, clock)
    outbox.close_abandoned()
    uplink.start()
    meter = HealthMeter(state_dir, clock)
    last = retried = told = time.monotonic()
    while True:
        select.select([], [], [], TICK_S)  # libfaketime spoils the clock_nanosleep of time.sleep
        now = time.monotonic()
        for report in visitors.due(clock.wall(), min(now - last, 1.0), (log.parent / "quiet").exists()):
            truth.put(outbox, report)
            uplink.wake()
        last = now
        if now - retried > RETRY_S:
            outbox.retry()
            outbox.note_alive()
            truth.settle(outbox)
            retried = now
        if now - told > HEALTH_S:
            uplink.send(meter.take(outbox.figures(), ()))
            told = now


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
