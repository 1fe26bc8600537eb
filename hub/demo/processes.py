"""Child processes of one program: started in order, started again when they die, stopped in reverse order."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hub.errors import HubError

RESTARTS = 5
RESTARTS_WITHIN_S = 60.0


@dataclass(slots=True)
class Restarts:
    """How often one part was started again of late."""

    name: str
    log: Path
    at: list[float] = field(default_factory=list)

    def one_more(self, code: int) -> None:
        """It has ended with this code; HubError when it keeps ending."""
        now = time.monotonic()
        self.at = [at for at in self.at if now - at < RESTARTS_WITHIN_S] + [now]
        if len(self.at) > RESTARTS:
            raise HubError(f"{self.name} keeps ending (last with {code}); its log: {self.log}")


@dataclass(slots=True)
class Child:
    """One process and its log file."""

    command: Sequence[str]
    log: Path
    environ: Mapping[str, str]
    process: subprocess.Popen[bytes]
    restarts: Restarts


class Processes:
    """Owns the children: only the thread that made it starts, watches and stops them."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
        """Start a child whose output goes to `<logs>/<name>.log`; it ends with this process, however that ends."""
        log = self._logs / f"{name}.log"
        environ = dict(os.environ if environ is None else environ)
        self._children.append(Child(command, log, environ, _spawn(command, log, environ), Restarts(name, log)))

    def check(self) -> None:
        """Start again what has died; HubError when a child keeps dying."""
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                child.restarts.one_more(code)
                child.process = _spawn(child.command, child.log, child.environ)

    def stop(self, within_s: float = 4.0) -> None:
        """Ask all children to end, the last started first, and kill those that have not after `within_s` seconds."""
        until = time.monotonic() + within_s
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        for child in reversed(self._children):
            try:
                child.process.wait(max(0.05, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self._children.clear()


def program(name: str) -> str:
    """The path of one of our own commands, in the environment that this process runs in."""
    return str(Path(sys.executable).with_name(name))


def _spawn(command: Sequence[str], log: Path, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [*_die_with_parent(), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environ),
            start_new_session=True,
        )


def _die_with_parent() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
