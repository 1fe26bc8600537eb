"""Processes that a test kills, freezes and starts again; what they say goes to a log file each."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STOP_S = 10.0


@dataclass(slots=True)
class Child:
    """One program; `start` begins it again with the same words."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Begin, unless it runs."""
        if not self.runs:
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.command,
                    env=self.environ,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def kill(self) -> None:
        """kill -9, also of its children; it is dead when this returns."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def stop(self) -> None:
        """Ask it to end, by force if it takes too long."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            if self._process is not None:
                self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def signal(self, number: int) -> None:
        """Send a signal to all of its session."""
        if self.runs:
            os.killpg(self.pid, number)


def freeze(pids: Sequence[int]) -> None:
    """SIGSTOP."""
    _each(pids, signal.SIGSTOP)


def thaw(pids: Sequence[int]) -> None:
    """SIGCONT."""
    _each(pids, signal.SIGCONT)


def _each(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
