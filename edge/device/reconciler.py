"""The device's main loop, one thread: makes what runs match what the hub wants and says what became of it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from edge.alerts.outbox import Outbox
from edge.clock import Clock
from edge.device.desired_file import DesiredFile
from edge.device.events import Event, Events, Signal
from edge.device.health import HealthMeter
from edge.device.orders import Orders
from edge.device.pipelines import Pipelines
from edge.device.systemd import ServiceManager
from edge.device.timetable import Timetable
from edge.errors import CameraError
from edge.wire.messages import Action, Answer, Command, Desired, Health, Reported, Selftest

log = logging.getLogger(__name__)

CALM_S = 0.1
RETRY_S = 5.0
HEALTH_S = 60.0
FIRST_HEALTH_S = 5.0
SELFTEST_S = 6 * 3600.0
FIRST_SELFTEST_S = 15.0


class HubLine(Protocol):
    """The way to the hub, or the lack of one."""

    def start(self) -> None:
        """Begin to connect."""

    def stop(self) -> None:
        """Say good-bye."""

    def report(self, state: Reported | Selftest) -> None:
        """Tell what runs, or how it is."""

    def send(self, message: Answer | Health) -> None:
        """Tell once."""

    def wake(self) -> None:
        """The outbox has something to send."""


class Ending(Enum):
    """Why the loop ended."""

    STOPPED = auto()
    RESTART = auto()


@dataclass(frozen=True, slots=True)
class Parts:
    """What the reconciler drives: started in this order, stopped in reverse."""

    outbox: Outbox
    line: HubLine
    orders: Orders
    pipelines: Pipelines
    desired_file: DesiredFile
    health: HealthMeter
    manager: ServiceManager


class Reconciler:
    """Works on the caller's thread from `run` until told to stop."""

    def __init__(self, parts: Parts, events: Events, fallback: Desired, version: str, clock: Clock) -> None:
        self._parts = parts
        self._events = events
        self._version = version
        self._desired = parts.desired_file.load() or fallback
        self._timetable = Timetable(clock, self._report, CALM_S)
        self._ending: Ending | None = None

    def run(self) -> Ending:
        """Start all, work, and stop all in reverse, whatever happens."""
        stops: list[Callable[[], None]] = [self._parts.outbox.close]
        try:
            self._start(stops)
            while self._ending is None:
                self._hear(self._events.take(self._timetable.wait_s()))
                self._timetable.run_due()
            return self._ending
        finally:
            self._parts.manager.stopping()
            for stop in reversed(stops):
                stop()

    def _start(self, stops: list[Callable[[], None]]) -> None:
        parts = self._parts
        if abandoned := parts.outbox.close_abandoned():
            log.info("closed %d visits that were open when the last run ended", abandoned)
        for part in (parts.line, parts.orders):
            stops.append(part.stop)
            part.start()
        stops.append(parts.pipelines.stop)
        parts.pipelines.apply(self._desired.cameras)
        self._timetable.has_news()
        self._timetable.every(HEALTH_S, self._send_health, first_s=FIRST_HEALTH_S)
        self._timetable.every(SELFTEST_S, parts.orders.look_at_self, first_s=FIRST_SELFTEST_S)
        self._timetable.every(RETRY_S, parts.outbox.retry)
        if (watchdog_s := parts.manager.watchdog_s) is not None:
            self._timetable.every(watchdog_s, parts.manager.alive)
        parts.manager.ready(f"{len(self._desired.cameras)} cameras")

    def _hear(self, event: Event | None) -> None:
        if isinstance(event, Desired):
            self._want(event)
        elif isinstance(event, Command):
            self._obey(event)
        elif event is Signal.CHANGED:
            self._timetable.has_news()
        elif event is Signal.STOP:
            self._ending = Ending.STOPPED

    def _want(self, desired: Desired) -> None:
        if desired.recall is not None and (offered := self._parts.outbox.offer_again(desired.recall)):
            log.warning("the hub is back from a backup: %d visits are offered again", offered)
            self._parts.line.wake()
        if desired.revision < self._desired.revision:
            log.warning("ignored revision %d: %d is newer", desired.revision, self._desired.revision)
            return
        log.info("revision %d: %d cameras", desired.revision, len(desired.cameras))
        self._desired = desired
        self._parts.desired_file.keep(desired)
        self._parts.pipelines.apply(desired.cameras)
        self._timetable.has_news()

    def _obey(self, command: Command) -> None:
        if command.action is not Action.RESTART:
            self._parts.orders.take(command)
        elif not command.camera:
            self._parts.line.send(Answer(command.command_id))
            self._ending = Ending.RESTART
        else:
            known = self._parts.pipelines.restart(command.camera)
            error = "" if known else f"there is no camera {command.camera} here"
            self._parts.line.send(Answer(command.command_id, error=error))

    def _report(self) -> None:
        self._parts.line.report(Reported(self._desired.revision, self._version, self._parts.pipelines.reported()))

    def _send_health(self) -> None:
        parts = self._parts
        parts.outbox.note_alive()
        parts.line.send(parts.health.take(parts.outbox.figures(), parts.pipelines.health()))


def snapshot_of(pipelines: Pipelines, camera_id: str) -> bytes:
    """The newest picture of one camera; CameraError when there is no camera or no picture."""
    pipeline = pipelines.get(camera_id)
    if pipeline is None:
        raise CameraError(f"there is no camera {camera_id} here")
    return pipeline.snapshot()
