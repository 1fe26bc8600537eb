"""The reckoning: what devices promised, what they gave up, what the hub has, what a dashboard was told. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chaos.feed import Told
from chaos.given_up import GivenUp, What
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
    """What is not as it should be, a line for each; all empty: nothing lost, nothing doubled, nothing damaged.

    `given_up` is apart: what a device itself counted and named as given up for want of room, and what the hub therefore
    does not have. What is missing beyond the device's count is lost or damaged like anything else.
    """

    visits: int = 0
    intended: int = 0
    given_up: list[str] = field(default_factory=list)
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


def reckon(
    promised: Mapping[str, Promise],
    kept: Iterable[Kept],
    told: Told,
    restored: bool,
    given_up: Mapping[str, GivenUp] | None = None,
) -> Reckoning:
    """Compare; `restored`: the hub once went back to a backup, so dashboards may hear of a visit again.

    `given_up` by device.
    """
    result = Reckoning(visits=sum(promise.kept for promise in promised.values()), intended=len(promised))
    pardon = Pardon(given_up or {}, result.given_up)
    found: dict[str, Kept] = {}
    for row in kept:
        if row.visit_id in found:
            result.doubled.append(row.visit_id)
        found[row.visit_id] = row
    result.invented += sorted(found.keys() - promised.keys())
    for visit_id, promise in promised.items():
        if visit_id in found:
            _compare(promise, found[visit_id], pardon, result)
        elif promise.kept and not pardon.granted(promise, What.VISIT):
            result.lost.append(f"{visit_id} of {promise.device}")
    _listen(found, told, restored, result)
    return result


@dataclass(slots=True)
class Pardon:
    """Excuses what its device named as given up, never more of a device than that device counted."""

    given_up: Mapping[str, GivenUp]
    lines: list[str]
    _used: Counter[tuple[str, What]] = field(default_factory=Counter)

    def granted(self, promise: Promise, what: What) -> bool:
        """Whether this of a visit is excused; then it is written down."""
        device = self.given_up.get(promise.device, GivenUp())
        left = device.counted.get(what, 0) - self._used[promise.device, what]
        if left <= 0 or what not in device.named.get(promise.visit_id, ()):
            return False
        self._used[promise.device, what] += 1
        self.lines.append(f"{what} {promise.visit_id} of {promise.device}")
        return True


def _compare(promise: Promise, row: Kept, pardon: Pardon, result: Reckoning) -> None:
    name = f"{promise.visit_id} of {promise.device}"
    if (row.device, row.camera) != (promise.device, promise.camera):
        result.wrong.append(f"{name}: is at {row.device} {row.camera}")
    if abs(row.opened_at - promise.opened_at) > SAME_S:
        result.wrong.append(f"{name}: opened {row.opened_at}, not {promise.opened_at}")
    if _is_opening(promise, row) and pardon.granted(
        promise, What.VISIT
    ):  # its closing was given up, it had come before
        return
    ending = _ending(promise)
    if row.closed_at is None:
        result.wrong.append(f"{name}: never closed")
    elif ending is not None and abs(row.closed_at - (ending.closed_at or 0.0)) > SAME_S:
        result.wrong.append(f"{name}: closed {row.closed_at}, not {ending.closed_at}")
    if row.picture_sha256 not in _pictures(promise) and not _is_pardoned(promise, row, pardon):
        result.damaged.append(f"{name}: {'another picture' if row.picture_sha256 else 'no picture'}")


def _is_opening(promise: Promise, row: Kept) -> bool:
    """Whether the hub has the opening of the visit and nothing else of it."""
    return row.closed_at is None and promise.opening is not None and row.picture_sha256 == promise.opening.sha256


def _is_pardoned(promise: Promise, row: Kept, pardon: Pardon) -> bool:
    return pardon.granted(promise, What.PICTURE if row.picture_sha256 is None else What.HALF)


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
