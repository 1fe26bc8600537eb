"""What is broken when: a seeded schedule of faults, pure, so that a seed that failed breaks the same things again."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

HUB = ("broker", "ingest", "web", "postgres", "media")
WHOLE_HUB = "hub"
RESTORE, FULL_DEVICE = ("restore", WHOLE_HUB), ("full disk", "device")
RECALLED_S = 60.0
"""After a restoration, until devices have surely offered again what they keep; a full disk may make them forget it."""


Busy = str | tuple[str, str]
"""A target, or a kind of fault with its kind of targets."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to break things: what it may hit, and how long it lasts at least and at most, in seconds."""

    name: str
    targets: str
    least_s: float
    most_s: float


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """From `at_s` to `ends_s` after the start, `kind` happens to `target`; `amount` is 0-1, each kind's own measure."""

    at_s: float
    ends_s: float
    kind: str
    target: str
    amount: float


@dataclass(frozen=True, slots=True)
class Cast:
    """Who can be hit: `devices` have a disk, a line and a clock of their own; `agents` are real ones with cameras."""

    devices: Sequence[str]
    agents: Sequence[str]


KINDS = (
    Kind("kill", "part", 0.5, 5),
    Kind("freeze", "part", 2, 8),
    Kind("kill", "device", 0.5, 5),
    Kind("freeze", "device", 2, 8),
    Kind("kill", "agent", 0.5, 5),
    Kind("freeze", "agent", 2, 6),
    Kind("cut", "device", 3, 15),
    Kind("delay", "device", 5, 15),
    Kind("loss", "device", 5, 15),
    Kind("reorder", "device", 5, 15),
    Kind("power", "device", 0.5, 5),
    Kind("power", "agent", 0.5, 5),
    Kind("full disk", "device", 4, 10),
    Kind("clock", "device", 5, 15),
    Kind("1970", "device", 5, 15),
    Kind("certificate", "device", 4, 10),
    Kind("queue lost", "broker", 0.5, 3),
    Kind("power", WHOLE_HUB, 0.5, 3),
    Kind("full disk", WHOLE_HUB, 3, 8),
    Kind("nearly full", WHOLE_HUB, 3, 8),
    Kind("restore", WHOLE_HUB, 0.5, 3),
)


def schedule(seed: int, duration_s: float, count: int, cast: Cast, kinds: Sequence[Kind] = KINDS) -> list[Fault]:
    """`count` faults over `duration_s`: every kind once before any comes again, each target in one fault at a time."""
    random = Random(seed)
    slot_s = duration_s / count
    busy_until: dict[Busy, float] = {}
    faults: list[Fault] = []
    for number, kind in enumerate(_in_turn(random, kinds, count)):
        at_s = (number + random.random() / 2) * slot_s
        target = _target(random, kind, cast, busy_until, at_s)
        at_s = max(at_s, _free_at(target, busy_until), busy_until.get(_against(kind), 0.0))
        ends_s = at_s + random.uniform(kind.least_s, kind.most_s)
        busy_until[target] = ends_s
        busy_until[_key(kind)] = ends_s + (RECALLED_S if _key(kind) == RESTORE else 0.0)
        faults.append(Fault(round(at_s, 3), round(ends_s, 3), kind.name, target, round(random.random(), 3)))
    return sorted(faults)


def touches(one: Busy, other: Busy) -> bool:
    """Whether a fault of one target gets in the way of a fault of the other: the whole hub is every part of it."""
    return one == other or (WHOLE_HUB in (one, other) and {one, other} <= {WHOLE_HUB, *HUB})


def _in_turn(random: Random, kinds: Sequence[Kind], count: int) -> list[Kind]:
    turns: list[Kind] = []
    while len(turns) < count:
        turns += _spaced(random.sample(kinds, len(kinds)))
    return turns[:count]


def _spaced(turn: list[Kind]) -> list[Kind]:
    """The full disk of a device comes first, the backup is made behind it, and the restoration comes last."""
    return sorted(turn, key=lambda kind: {FULL_DEVICE: 0, RESTORE: 2}.get(_key(kind), 1))


def _key(kind: Kind) -> tuple[str, str]:
    return kind.name, kind.targets


def _target(random: Random, kind: Kind, cast: Cast, busy_until: dict[Busy, float], at_s: float) -> str:
    """One that is in no fault then, if there is one, else the one that is free first."""
    among = {"part": HUB, "device": cast.devices, "agent": cast.agents}.get(kind.targets, (kind.targets,))
    free = [target for target in among if _free_at(target, busy_until) <= at_s]
    return random.choice(free) if free else min(among, key=lambda target: _free_at(target, busy_until))


def _free_at(target: str, busy_until: dict[Busy, float]) -> float:
    return max((until for other, until in busy_until.items() if touches(target, other)), default=0.0)


def _against(kind: Kind) -> Busy:
    """A restoration and the full disk of a device take turns: together they are beyond the promise (note 047)."""
    return {FULL_DEVICE: RESTORE, RESTORE: FULL_DEVICE}.get(_key(kind), "")
