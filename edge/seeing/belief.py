"""How sure we are that a track is a face: second looks added up until one answer is safe. Pure."""

from dataclasses import dataclass, replace
from math import exp

NEEDED = (3.5, 2.5, 2.0, 1.6)
"""Mean evidence (log-odds) of the last one, two, three or four checks that confirms a track: few need a second."""

REVOKED_BELOW = 0.0
REFUSED_BELOW = -1.5
REMEMBERED = 4
EAGER_CHECKS = 4
DOUBTFUL_CHECKS = 8
EAGER_WAIT_S = 0.15
LONGEST_WAIT_S = 3.0
WEAK_WAIT_S = 1.5
GROWN = 1.2
"""A face that has grown by so much is worth another check at once."""


@dataclass(frozen=True, slots=True)
class Belief:
    """The last checks of one track, oldest first; `due_s` is when to check again, `size` the face's at the last one."""

    evidence: tuple[float, ...] = ()
    checks: int = 0
    due_s: float = 0.0
    checked_s: float = 0.0
    size: float = 0.0
    confirmed: bool = False

    def after(self, evidence: float, size: float, time_s: float) -> "Belief":
        """This belief after one more check at `time_s`; what confirms it makes what was doubtful before forgotten."""
        recent = (*self.evidence, evidence)[-REMEMBERED:]
        if self.confirmed:
            confirmed = _mean(recent) >= REVOKED_BELOW
        else:
            suffixes = (recent[-count:] for count in range(1, len(recent) + 1))
            clear = next((last for last in suffixes if _mean(last) >= NEEDED[len(last) - 1]), None)
            confirmed, recent = clear is not None, clear or recent
        due_s = time_s + _wait_s(confirmed, self.checks + 1)
        return Belief(recent, self.checks + 1, due_s, time_s, size, confirmed)

    def after_wrong_find(self, time_s: float) -> "Belief":
        """This belief after a find that was not the track's face at all: it says nothing about the track."""
        return replace(self, due_s=time_s, checked_s=time_s)

    def is_due(self, size: float, weak: bool, time_s: float) -> bool:
        """Whether to check the track again now; `weak`: its latest find scored low."""
        if self.confirmed:
            return time_s >= self.due_s or (weak and time_s - self.checked_s >= WEAK_WAIT_S)
        return time_s >= self.due_s or size > GROWN * self.size

    @property
    def mean(self) -> float:
        """Mean evidence of the remembered checks."""
        return _mean(self.evidence)

    @property
    def probability(self) -> float:
        """Of a face being there, by the mean evidence."""
        return 1 / (1 + exp(-max(-50.0, min(50.0, _mean(self.evidence)))))

    @property
    def refused(self) -> bool:
        """Whether the checks say clearly that this is no face."""
        return bool(self.evidence) and not self.confirmed and _mean(self.evidence) < REFUSED_BELOW

    @property
    def worth_following(self) -> bool:
        """Whether the track deserves views of its own: confirmed, or at least in doubt."""
        return self.confirmed or (self.checks < DOUBTFUL_CHECKS and not self.refused)


def _mean(evidence: tuple[float, ...]) -> float:
    return sum(evidence) / len(evidence) if evidence else 0.0


def _wait_s(confirmed: bool, checks: int) -> float:
    """Doubtful tracks are checked often at first, then ever more rarely."""
    if confirmed:
        return LONGEST_WAIT_S
    return min(LONGEST_WAIT_S, EAGER_WAIT_S * 2.0 ** max(0, checks - EAGER_CHECKS))
