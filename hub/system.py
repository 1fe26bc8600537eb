"""How the whole hub does, from what its processes last said of themselves: what is wrong, in words for people."""

from dataclasses import dataclass
from datetime import datetime

from hub.store import dead_letters, processes
from hub.store.models import Process
from hub.store.processes import IngestFacts, JobsFacts, facts_of, is_silent


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that somebody should know; `what` is its name for programs, `text` a sentence for people."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class SystemState:
    """What the processes said; `ingest` and `jobs` of those that still speak. `broker` is empty when all is well."""

    processes: list[Process]
    ingest: list[IngestFacts]
    jobs: JobsFacts
    broker: str
    dead_letters: int
    troubles: list[Trouble]

    @property
    def pictures_kept(self) -> bool:
        """Whether new alerts keep their pictures."""
        return all(facts.pictures_kept for facts in self.ingest)


def system_state(now: datetime) -> SystemState:
    """How it is now; needs a database connection."""
    ingests, jobs, guards = (processes.of_kind(kind) for kind in ("ingest", "jobs", "guard"))
    speaking = [facts_of(process, IngestFacts) for process in ingests if not is_silent(process, now)]
    busy = [facts_of(process, JobsFacts) for process in jobs if not is_silent(process, now)]
    broker, letters = _broker(speaking), dead_letters.count()
    troubles = _troubles(speaking, busy, broker, letters)
    if guards and all(is_silent(process, now) for process in guards):  # a broker that asks the hub itself needs none
        troubles.append(Trouble("guard_silent", "The guard does not run: the broker still lets revoked devices in."))
    return SystemState(
        processes=[*ingests, *jobs, *guards],
        ingest=speaking,
        jobs=busy[0] if busy else JobsFacts(),
        broker=broker,
        dead_letters=letters,
        troubles=troubles,
    )


def broker_trouble(now: datetime) -> str:
    """Empty while some ingest process is connected to the broker."""
    ingests = [process for process in processes.of_kind("ingest") if not is_silent(process, now)]
    return _broker([facts_of(process, IngestFacts) for process in ingests])


def _broker(ingest: list[IngestFacts]) -> str:
    if not ingest:
        return "ingest does not run"
    return "" if any(not facts.broker_trouble for facts in ingest) else ingest[0].broker_trouble


def _troubles(ingest: list[IngestFacts], jobs: list[JobsFacts], broker: str, letters: int) -> list[Trouble]:
    found = []
    if not ingest:
        found.append(Trouble("ingest_silent", "The ingest process does not run: alerts wait on the devices."))
    elif broker:
        found.append(Trouble("broker_lost", f"The hub has no connection to its broker: {broker}."))
    if any(not facts.pictures_kept for facts in ingest):
        found.append(Trouble("pictures_shed", "The disk is full: alerts are kept, their pictures wait on the devices."))
    elif any(facts.segments_shed for facts in jobs):
        found.append(Trouble("pictures_forgotten", "The disk is almost full: the oldest pictures had to go."))
    if not jobs:
        found.append(Trouble("jobs_silent", "The jobs process does not run: nothing is forgotten, streams do not end."))
    elif failing := sorted({name for facts in jobs for name in facts.failing}):
        found.append(Trouble("job_fails", f"Something fails that the hub does by the clock: {', '.join(failing)}."))
    if letters:
        found.append(Trouble("dead_letters", f"{letters} messages of devices could not be placed."))
    return found
