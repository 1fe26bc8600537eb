"""The reckoning: what devices promised, what the hub has, what a dashboard was told. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chaos.feed import Told
from chaos.truth import Promise, Said

SAME_S = 0.001
"""Times travel as seconds since 1970 in a double and are kept in microseconds."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One alert as the hub has it; `picture_sha256` is of the bytes that are really there, None without a picture."""

    visit_id: str
    device: str
    camera: str
    opened_at: float
    closed_at: float | None
    picture_sha256: str | None


@dataclass(slots=True)
class Reckoning:
    """What is not as it should be, a line for each; all empty: nothing lost, nothing doubled, nothing damaged."""

    visits: int = 0
    intended: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    told_twice: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether all promises were held."""
        lists = (self.lost, self.doubled, self.damaged, self.wrong, self.invented, self.untold, self.told_twice)
        return not any(lists)


def reckon(promised: Mapping[str, Promise], kept: Iterable[Kept], told: Told, restored: bool) -> Reckoning:
    """Compare; `restored`: the hub once went back to a backup, so dashboards may hear of a visit again."""
    result = Reckoning(visits=sum(promise.kept for promise in promised.values()), intended=len(promised))
    found: dict[str, Kept] = {}
    for row in kept:
        if row.visit_id in found:
            result.doubled.append(row.visit_id)
        found[row.visit_id] = row
    result.invented += sorted(found.keys() - promised.keys())
    for visit_id, promise in promised.items():
        if visit_id in found:
            _compare(promise, found[visit_id], result)
        elif promise.kept:
            result.lost.append(f"{visit_id} of {promise.device}")
    _listen(found, told, restored, result)
    return result


def _compare(promise: Promise, row: Kept, result: Reckoning) -> None:
    name = f"{promise.visit_id} of {promise.device}"
    if (row.device, row.camera) != (promise.device, promise.camera):
        result.wrong.append(f"{name}: is at {row.device} {row.camera}")
    if abs(row.opened_at - promise.opened_at) > SAME_S:
        result.wrong.append(f"{name}: opened {row.opened_at}, not {promise.opened_at}")
    ending = _ending(promise)
    if row.closed_at is None:
        result.wrong.append(f"{name}: never closed")
    elif ending is not None and abs(row.closed_at - (ending.closed_at or 0.0)) > SAME_S:
        result.wrong.append(f"{name}: closed {row.closed_at}, not {ending.closed_at}")
    if row.picture_sha256 not in _pictures(promise):
        result.damaged.append(f"{name}: {'another picture' if row.picture_sha256 else 'no picture'}")


def _ending(promise: Promise) -> Said | None:
    """The closing, if it must be the one; a device that died before it was on its disk closes by itself later."""
    return promise.closing if promise.closing is not None and promise.closing.kept else None


def _pictures(promise: Promise) -> set[str]:
    ending = _ending(promise)
    if ending is not None:
        return {ending.sha256}
    return {said.sha256 for said in (promise.opening, promise.closing) if said is not None}


def _listen(found: Mapping[str, Kept], told: Told, restored: bool, result: Reckoning) -> None:
    result.untold += [visit_id for visit_id in found if not told.closed[visit_id]]
    result.told_twice += [f"cursor {cursor}" for cursor, count in told.cursors.items() if count > 1]
    if not restored:
        for what, counts in (("opening", told.opened), ("closing", told.closed)):
            result.told_twice += [f"{what} of {visit_id}" for visit_id, count in counts.items() if count > 1]
