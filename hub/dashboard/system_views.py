"""The hub's own health, its room and how long it keeps things, as the overview shows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.store.keeping import Limits
from hub.store.processes import is_silent
from hub.system import SystemState

Shape = dict[str, Any]
ALMOST_FULL, FULL = 0.85, 0.95
UNITS = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"))


@dataclass(frozen=True, slots=True)
class Room:
    """The disk that pictures are on, in bytes."""

    free: int
    total: int

    @property
    def used(self) -> float:
        """The used part."""
        return 1 - self.free / self.total if self.total else 0.0

    @property
    def tone(self) -> str:
        """Empty, warn or bad."""
        return "bad" if self.used >= FULL else "warn" if self.used >= ALMOST_FULL else ""


def parts(state: SystemState, now: datetime) -> list[Shape]:
    """What the hub is made of: `{label, tone, verdict}`; the page itself is the proof that web and database answer."""
    known = {process.kind for process in state.processes}
    speaking = {process.kind for process in state.processes if not is_silent(process, now)}
    return [
        _part("Web and database", "ok", "Answers"),
        _running("Ingest", "ingest" in speaking),
        _part("Broker", *_broker(state, speaking)),
        _running("Jobs", "jobs" in speaking),
        *([_running("Guard of the broker", "guard" in speaking)] if "guard" in known else []),
    ]


def troubles(state: SystemState) -> list[Shape]:
    """What needs a person, in the shape of `attention`."""
    return [
        {
            "tone": "bad",
            "icon": "hub",
            "title": "The hub",
            "text": trouble.text,
            "since": None,
            "href": "",
            "action": "",
        }
        for trouble in state.troubles
    ]


def room(state: SystemState) -> Room | None:
    """The fullest disk that an ingest process told of."""
    told = [
        Room(facts.free_bytes, facts.total_bytes)
        for facts in state.ingest
        if facts.free_bytes is not None and facts.total_bytes
    ]
    return max(told, key=lambda one: one.used, default=None)


def storage(state: SystemState, oldest: datetime | None, now: datetime) -> list[tuple[str, str]]:
    """Facts about what is kept."""
    facts = [("Pictures", size(state.jobs.picture_bytes)), ("Database", size(state.jobs.database_bytes))]
    disk = room(state)
    days_left = _days_left(state.jobs.picture_bytes + state.jobs.database_bytes, disk, oldest, now)
    return facts + ([("At this pace room for", f"{days_left:,} more days")] if days_left is not None else [])


def keeping(limits: Limits) -> list[tuple[str, str]]:
    """How long alerts and pictures are kept, in words."""
    return [
        ("Alerts are kept", _kept(limits.alert_days, limits.alert_gb)),
        ("Pictures are kept", _kept(limits.picture_days, limits.picture_gb)),
    ]


def size(count: float) -> str:
    """Bytes as people read them."""
    for unit, name in UNITS:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count / 1000:.0f} kB"


def _broker(state: SystemState, speaking: set[str]) -> tuple[str, str]:
    """Only ingest knows of it."""
    if "ingest" not in speaking:
        return "none", "Not told"
    return ("bad", "Not connected") if state.broker else ("ok", "Connected")


def _running(label: str, speaks: bool) -> Shape:
    return _part(label, *(("ok", "Running") if speaks else ("bad", "Silent")))


def _part(label: str, tone: str, verdict: str) -> Shape:
    return {"label": label, "tone": tone, "verdict": verdict}


def _kept(days: int, gigabytes: int) -> str:
    said: Iterable[str] = [text for text in (_days(days), f"up to {gigabytes:,} GB" if gigabytes else "") if text]
    return ", ".join(said) or "for ever"


def _days(days: int) -> str:
    return f"{days:,} day{'' if days == 1 else 's'}" if days else ""


def _days_left(kept: int, disk: Room | None, oldest: datetime | None, now: datetime) -> int | None:
    """How long the free room lasts if as much comes as came since the oldest alert; None where that cannot be told."""
    if disk is None or oldest is None or not kept or now - oldest < timedelta(days=1):
        return None
    return int(disk.free / (kept / ((now - oldest) / timedelta(days=1))))
