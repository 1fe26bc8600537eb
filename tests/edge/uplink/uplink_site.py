"""One device beside a broker, for the tests of the uplink."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from moved_clock import MovedClock
from visit_reports import closing

from edge.alerts.outbox import Outbox
from edge.uplink.broker import Certificates, broker_at
from edge.uplink.connection import Device
from edge.uplink.uplink import Uplink
from edge.wire.messages import Command, Desired

NAME = "front-door"
NONE = Certificates()


class Site:
    """One device's outbox and uplink beside a broker, everything ended when the test is over."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.stack = stack
        self.clock = MovedClock()
        self.outbox = Outbox(folder / "outbox.db", 10**8, self.clock)
        self.received: list[Desired | Command] = []

    def connect(self, url: str, certificates: Certificates = NONE) -> Uplink:
        device = Device(NAME, "0.1.0", broker_at(url, certificates))
        uplink = Uplink(device, self.outbox, self.received.append, self.clock)
        uplink.start()
        self.stack.callback(uplink.stop)
        return uplink


def put(site: Site, uplink: Uplink, count: int) -> None:
    for _ in range(count):
        site.outbox.put(closing())
        uplink.wake()


def empty(site: Site) -> Callable[[], bool]:
    return lambda: site.outbox.figures().length == 0
