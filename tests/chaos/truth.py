"""What devices have promised: a log beside each device, on a disk that is never broken, and what it adds up to.

A line says what a device is about to put into its outbox, another that the outbox has it on its disk. A device may die
between the two, so what was only intended may be at the hub or not; what was kept must be there.
"""

import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from edge.alerts.outbox import Outbox
from edge.values import VisitReport
from edge.wire.messages import PICTURE_LIMIT


@dataclass(slots=True)
class Said:
    """One message of a visit, its opening or its closing; times in UTC seconds."""

    sha256: str
    closed_at: float | None
    kept: bool = False


@dataclass(slots=True)
class Promise:
    """One visit as its device knows it; `made_s` on the machine's monotonic clock, which no fault touches."""

    visit_id: str
    device: str
    camera: str
    opened_at: float
    made_s: float = 0.0
    opening: Said | None = None
    closing: Said | None = None

    @property
    def kept(self) -> bool:
        """Whether the device had any of it on its disk: then the hub must have the visit."""
        return any(said is not None and said.kept for said in (self.opening, self.closing))


@dataclass(slots=True)
class TruthLog:
    """Appends to one device's log; a line survives the death of the process that wrote it."""

    path: Path
    _unsure: list[tuple[str, bool]] = field(default_factory=list)

    def put(self, outbox: Outbox, report: VisitReport) -> int:
        """Put a report into the outbox and log both what was meant and what was done."""
        picture = report.picture if len(report.picture) <= PICTURE_LIMIT else b""
        line = {"id": str(report.visit_id), "camera": report.camera, "opened_at": report.opened_at}
        line["made_s"] = time.monotonic()
        self._write({**line, "closed_at": report.closed_at, "sha256": sha256(picture).hexdigest()})
        sequence = Outbox.put(outbox, report)
        self._unsure.append((str(report.visit_id), report.closed_at is not None))
        self.settle(outbox)
        return sequence

    def settle(self, outbox: Outbox) -> None:
        """What was put is on the disk unless the outbox has trouble: then it may still be in memory."""
        if not outbox.figures().trouble:
            for visit_id, closed in self._unsure:
                self._write({"kept": visit_id, "closed": closed})
            self._unsure.clear()

    def _write(self, line: dict[str, object]) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, json.dumps(line).encode() + b"\n")
        finally:
            os.close(descriptor)


def read(path: Path) -> dict[str, Promise]:
    """What the log of one device adds up to, by visit id; the file's name is the device's."""
    return promises(path.stem, path.read_text().splitlines() if path.exists() else [])


def promises(device: str, lines: Iterable[str]) -> dict[str, Promise]:
    """The same of lines."""
    found: dict[str, Promise] = {}
    for line in map(json.loads, lines):
        if "kept" in line:
            promise = found[line["kept"]]
            said = promise.closing if line["closed"] else promise.opening
            assert said is not None
            said.kept = True
            continue
        fresh = Promise(line["id"], device, line["camera"], line["opened_at"], line.get("made_s", 0.0))
        promise = found.setdefault(line["id"], fresh)
        said = Said(line["sha256"], line["closed_at"])
        if said.closed_at is None:
            promise.opening = said
        else:
            promise.closing = said
    return found
