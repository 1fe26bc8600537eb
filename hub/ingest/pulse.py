"""How ingest does, counted as it works and told to the database every few seconds, for `/readyz` and `/metrics`."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from hub.store import processes
from hub.store.pictures import PictureStore
from hub.store.processes import BEAT_S, IngestFacts

KIND = "ingest"


@dataclass(slots=True)
class Pulse:
    """One ingest process's; its only thread calls."""

    pictures: PictureStore
    member: str = ""  # which of a group, e.g. `.2`
    facts: IngestFacts = field(default_factory=IngestFacts)
    _started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _due_at: float = 0.0

    def note(self, **facts: object) -> None:
        """Something is different now: what changes of `IngestFacts`; told at once if it concerns the broker."""
        if facts.get("broker_trouble", self.facts.broker_trouble) != self.facts.broker_trouble:
            self._due_at = 0.0
        self.facts = msgspec.structs.replace(self.facts, **facts)

    def count(self, **more: int) -> None:
        """Add to counts of `IngestFacts`."""
        sums = {name: getattr(self.facts, name) + some for name, some in more.items()}
        self.facts = msgspec.structs.replace(self.facts, **sums)

    def beat(self) -> None:
        """Tell, if it is time; needs a database connection."""
        if time.monotonic() < self._due_at:
            return
        room = self.pictures.room()
        if room is not None:
            self.note(free_bytes=room.free, total_bytes=room.total)
        self._due_at = time.monotonic() + BEAT_S
        processes.beat(processes.of_this_machine(KIND, self._started_at, self.facts, self.member))
        self.note(lag_s=0.0)
