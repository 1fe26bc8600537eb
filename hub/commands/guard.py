"""watchpost-hub guard: tells the broker who is revoked, within seconds, and sees to it that it listens."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event

import click
import structlog
from cryptography import x509

from hub import logs
from hub.commands.opened import located
from hub.commands.stopping import stop_event
from hub.fleet import server_certificate
from hub.fleet.broker_door import Door
from hub.fleet.broker_guard import Guard, Way
from hub.fleet.ca import CertificateAuthority
from hub.settings import Settings
from hub.store import processes
from hub.store.db import TROUBLE, open_database
from hub.store.errors import first_line
from hub.store.listen import Listener
from hub.store.models import database
from hub.store.notify import DEVICE

KIND = "guard"
TICK_S, KNOCK_S, PAUSE_S, RETRY_S = 1.0, 30.0, 0.1, 2.0
log = structlog.get_logger(__name__)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path))
@click.option(
    "--broker-pid",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The broker's pid file; without one something else must have it reload when FOLDER/acl changes.",
)
@click.option(
    "--certificate",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    help="Where the broker's own certificate is, to be renewed in its last month.",
)
def command(folder: Path, broker_pid: Path | None, certificate: Path | None) -> None:
    """Keep FOLDER/crl.pem and FOLDER/acl true until SIGTERM or SIGINT."""
    stop = stop_event()
    logs.configure()
    with located(stop) as settings:
        pool = open_database(settings.database_url, pool=2, program="watchpost guard")
        authority = CertificateAuthority.open(settings.secrets_dir)
        reload = partial(hang_up, broker_pid)
        guard = _guard(settings, authority, folder, reload, stop)
        renew = partial(_renew, certificate, authority, reload)
        beat = _Heart(datetime.now(UTC)).beat
        while not stop.is_set():
            try:
                _run_once(guard, renew, beat, settings.database_url, stop)
            except TROUBLE as error:
                log.warning("the guard begins anew", reason=first_line(error))
                pool.close_all()
                stop.wait(RETRY_S)


def _guard(
    settings: Settings, authority: CertificateAuthority, folder: Path, reload: Callable[[], None], stop: Event
) -> Guard:
    door = Door(settings.mqtt_url, authority) if settings.mqtt_url.startswith("mqtts://") else None
    return Guard(authority, folder, Way(reload, partial(stop.wait, PAUSE_S), door))


def _renew(folder: Path | None, authority: CertificateAuthority, reload: Callable[[], None]) -> None:
    """The broker's certificate, if it is ours to keep; trouble with it leaves the lists as important as they were."""
    try:
        if folder is not None and server_certificate.renew(folder, authority, datetime.now(UTC)):
            log.info("renewed the broker's certificate")
            reload()
    except (OSError, ValueError, x509.ExtensionNotFound) as error:
        log.error("the broker's certificate cannot be renewed", reason=str(error))


def hang_up(pid_file: Path | None) -> None:
    """SIGHUP to the broker; one that does not run will read its lists when it starts."""
    if pid_file is not None:
        with suppress(FileNotFoundError, ValueError, ProcessLookupError):
            os.kill(int(pid_file.read_text()), signal.SIGHUP)


@dataclass(slots=True)
class _Heart:
    """Says every few seconds that the guard lives."""

    started_at: datetime
    due_at: float = 0.0

    def beat(self) -> None:
        if time.monotonic() >= self.due_at:
            self.due_at = time.monotonic() + processes.BEAT_S
            processes.beat(processes.of_this_machine(KIND, self.started_at))


def _run_once(guard: Guard, renew: Callable[[], None], beat: Callable[[], None], url: str, stop: Event) -> None:
    """After each notice, and every second in case a file was touched; the door is tried now and then."""
    renew()
    knocked_at = time.monotonic()
    with Listener(url, [DEVICE]) as listener:
        while not stop.is_set():
            knock = time.monotonic() - knocked_at > KNOCK_S
            knocked_at = time.monotonic() if knock else knocked_at
            if knock:
                renew()
            with database.connection_context():
                guard.turn(knock=knock)
                beat()
            listener.wait(TICK_S)
            listener.take()
