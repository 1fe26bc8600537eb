"""The real agent, unchanged but for one thing: what it puts into its outbox is logged beside it.

python -m chaos.agent CONFIG TRUTH_LOG
"""

import sys
from pathlib import Path

from chaos.truth import TruthLog

from edge import agent
from edge.alerts.outbox import Outbox
from edge.commands import run
from edge.values import VisitReport

log = TruthLog(Path(sys.argv[2]))


class TruthfulOutbox(Outbox):
    """An outbox that says what it was given."""

    def put(self, report: VisitReport) -> int:
        return log.put(self, report)

    def retry(self) -> None:
        super().retry()
        log.settle(self)


if __name__ == "__main__":
    agent.Outbox = TruthfulOutbox  # type: ignore[misc]
    run.command.main(["--config", sys.argv[1]], prog_name="watchpost-edge run")
