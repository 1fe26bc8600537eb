"""Each kind of fault of a schedule, begun and ended on a running system."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chaos.children import freeze, thaw
from chaos.link import Weather
from chaos.schedule import WHOLE_HUB, Fault
from chaos.system import PROGRAMS, System, has_faketime

USERS = ("jobs", "guard", "ingest", "web")
"""Programs that use the database."""
HALF_A_DAY_S = 12 * 3600
LONG_AGO = timedelta(days=366)
NEARLY_FULL_BYTES = 300 * 1024 * 1024

Action = Callable[[System, Fault], None]


@dataclass(frozen=True, slots=True)
class Way:
    """How one kind of fault begins and ends."""

    begin: Action
    end: Action


def possible(kind: str) -> bool:
    """Whether this machine can do it."""
    return has_faketime() or kind not in ("clock", "1970")


def begin(system: System, fault: Fault) -> None:
    """Break it."""
    WAYS[fault.kind].begin(system, fault)


def end(system: System, fault: Fault) -> None:
    """Mend it, as an operator, a service manager or the world would."""
    WAYS[fault.kind].end(system, fault)


def _kill(system: System, fault: Fault) -> None:
    if fault.target == "postgres":
        for pid in system.postgres()[:1]:
            os.kill(pid, signal.SIGKILL)
    else:
        system.children[fault.target].kill()


def _start(system: System, fault: Fault) -> None:
    if fault.target == "postgres":
        system.start_postgres()
    else:
        system.children[fault.target].start()


def _pids(system: System, target: str) -> list[int]:
    return system.postgres() if target == "postgres" else [system.children[target].pid]


def _freeze(system: System, fault: Fault) -> None:
    freeze(_pids(system, fault.target))


def _thaw(system: System, fault: Fault) -> None:
    thaw(_pids(system, fault.target))


def _weather(of: Callable[[float], Weather]) -> Action:
    def change(system: System, fault: Fault) -> None:
        system.line.set(system.devices.index(fault.target), of(fault.amount))

    return change


def _power_off(system: System, fault: Fault) -> None:
    if fault.target == WHOLE_HUB:
        system.stop_hub()
    else:
        system.children[fault.target].kill()
    system.disks[fault.target].cut_power()


def _power_on(system: System, fault: Fault) -> None:
    system.disks[fault.target].mount()
    if fault.target == WHOLE_HUB:
        system.start_hub()
    else:
        system.children[fault.target].start()


def _fill(leave_bytes: int) -> Action:
    return lambda system, fault: system.disks[fault.target].fill(leave_bytes)


def _free(system: System, fault: Fault) -> None:
    system.disks[fault.target].free()
    if fault.target == WHOLE_HUB:
        _revive(system)


def _revive(system: System) -> None:
    """What a service manager does: PostgreSQL ends itself when it cannot write its log."""
    system.start_postgres()
    for name in PROGRAMS:
        system.children[name].start()


def _step_clock(system: System, fault: Fault) -> None:
    system.set_clock(fault.target, int((fault.amount - 0.5) * 2 * HALF_A_DAY_S))


def _boot_in_1970(system: System, fault: Fault) -> None:
    system.children[fault.target].kill()
    system.set_clock(fault.target, 3600 - int(time.time()))
    system.children[fault.target].start()


def _set_clock_right(system: System, fault: Fault) -> None:
    system.set_clock(fault.target, 0)


def _expire(system: System, fault: Fault) -> None:
    system.new_certificate(fault.target, datetime.now(UTC) - LONG_AGO)
    system.children[fault.target].kill()
    system.children[fault.target].start()


def _renew(system: System, fault: Fault) -> None:
    system.new_certificate(fault.target, datetime.now(UTC))


def _lose_queue(system: System, fault: Fault) -> None:
    system.children["broker"].kill()
    (system.place / "broker" / "mosquitto.db").unlink(missing_ok=True)


def backup_of(system: System) -> Path:
    """Where the run keeps last night's backup."""
    return system.place / "last-night.tar"


def _restore(system: System, fault: Fault) -> None:
    for name in USERS:
        system.children[name].stop()
    system.hub_command("restore", "--replace", str(backup_of(system)))


def _reopen(system: System, fault: Fault) -> None:
    for name in reversed(USERS):
        system.children[name].start()


CLEAR = _weather(lambda amount: Weather())
WAYS = {
    "kill": Way(_kill, _start),
    "freeze": Way(_freeze, _thaw),
    "cut": Way(_weather(lambda amount: Weather(cut=True)), CLEAR),
    "delay": Way(_weather(lambda amount: Weather(delay_s=0.05 + amount / 2)), CLEAR),
    "loss": Way(_weather(lambda amount: Weather(loss=0.02 + amount / 5)), CLEAR),
    "reorder": Way(_weather(lambda amount: Weather(delay_s=0.01, jitter_s=0.02 + amount / 10)), CLEAR),
    "power": Way(_power_off, _power_on),
    "full disk": Way(_fill(0), _free),
    "nearly full": Way(_fill(NEARLY_FULL_BYTES), _free),
    "clock": Way(_step_clock, _set_clock_right),
    "1970": Way(_boot_in_1970, _set_clock_right),
    "certificate": Way(_expire, _renew),
    "queue lost": Way(_lose_queue, _start),
    "restore": Way(_restore, _reopen),
}
