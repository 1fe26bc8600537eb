"""A word with the service manager: ready, alive, stopping (sd_notify(3)); silent where there is none."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event

from edge import worker

MORE_S = 30.0


class ServiceManager:
    """Speaks to the socket that systemd named in the environment."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._watchdog_us = environ.get("WATCHDOG_USEC", "")

    @property
    def watches(self) -> bool:
        """Whether there is one, which starts us again when we end."""
        return bool(self._address)

    @property
    def watchdog_s(self) -> float | None:
        """How often to say `alive`: half of what the unit's WatchdogSec allows; None without one."""
        return int(self._watchdog_us) / 2e6 if self._address and self._watchdog_us.isdigit() else None

    @contextmanager
    def patience(self) -> Iterator[None]:
        """For a part of the start that may last longer than the unit's TimeoutStartSec, and is not stuck meanwhile."""
        done = Event()

        def ask() -> None:
            self._say(f"EXTEND_TIMEOUT_USEC={MORE_S * 1e6:.0f}")
            while not done.wait(MORE_S / 3):
                self._say(f"EXTEND_TIMEOUT_USEC={MORE_S * 1e6:.0f}")

        asking = worker.start("patience", ask)
        try:
            yield
        finally:
            done.set()
            asking.join()

    def ready(self, status: str) -> None:
        """Started, and what is going on."""
        self._say(f"READY=1\nSTATUS={status}")

    def alive(self) -> None:
        """Still running; systemd restarts us without it."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """About to end, on purpose."""
        self._say("STOPPING=1")

    def _say(self, text: str) -> None:
        if self._address:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.sendto(text.encode(), self._address)
