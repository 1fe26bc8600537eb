"""The real agent, unchanged but for one thing: what it puts into its outbox is logged beside it.

python -m chaos.agent CONFIG TRUTH_LOG
"""

import sys
from pathlib import Path

from chaos.given_up import name_what_is_given_up
from chaos.truth import TruthLog

from edge import agent
from edge.alerts.outbox import SPARE_S, Outbox
from edge.clock import Clock
from edge.commands import run
from edge.values import VisitReport

log = TruthLog(Path(sys.argv[2]))


class TruthfulOutbox(Outbox):
    """An outbox that says what it was given, and what it gave up."""

    def __init__(self, path: Path, quota_bytes: int, clock: Clock, spare_s: float = SPARE_S) -> None:
        super().__init__(path, quota_bytes, clock, spare_s)
        name_what_is_given_up(path)

    def put(self, report: VisitReport) -> int:
        return log.put(self, report)

    def retry(self) -> None:
        super().retry()
        log.settle(self)


if __name__ == "__main__":
    agent.Outbox = TruthfulOutbox  # type: ignore[misc]
    run.command.main(["--config", sys.argv[1]], prog_name="watchpost-edge run")
