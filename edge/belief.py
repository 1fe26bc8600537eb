"""How sure we are that a track is a face: second looks added up until one answer is safe. Pure."""

from dataclasses import dataclass
from math import exp

NEEDED = (2.5, 1.8, 1.4, 1.2)
"""Mean evidence (log-odds) that confirms a track after one, two, three, four or more checks: few need a second."""

REVOKED_BELOW = 0.0
REMEMBERED = 4
EAGER_CHECKS = 3
FIRST_WAIT_S = 0.4
LONGEST_WAIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Belief:
    """The last checks of one track, oldest first; `due_s` is when to check again."""

    evidence: tuple[float, ...] = ()
    checks: int = 0
    due_s: float = 0.0
    confirmed: bool = False

    def after(self, evidence: float, time_s: float) -> "Belief":
        """This belief after one more check at `time_s`."""
        recent = (*self.evidence, evidence)[-REMEMBERED:]
        mean = sum(recent) / len(recent)
        confirmed = mean >= (REVOKED_BELOW if self.confirmed else NEEDED[len(recent) - 1])
        return Belief(recent, self.checks + 1, time_s + _wait_s(confirmed, self.checks + 1), confirmed)

    @property
    def probability(self) -> float:
        """Of a face being there, by the mean evidence."""
        if not self.evidence:
            return 0.5
        mean = sum(self.evidence) / len(self.evidence)
        return 1 / (1 + exp(-max(-50.0, min(50.0, mean))))

    @property
    def worth_following(self) -> bool:
        """Whether the track deserves views of its own: confirmed, or not yet refused several times."""
        return self.confirmed or self.checks < EAGER_CHECKS


def _wait_s(confirmed: bool, checks: int) -> float:
    """Doubtful tracks are checked at every look at first, then ever more rarely."""
    if confirmed:
        return LONGEST_WAIT_S
    return 0.0 if checks < EAGER_CHECKS else min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (checks - EAGER_CHECKS))
