"""`watchpost-edge run`: the service."""

import logging
import os
import signal
import sys
import threading
from pathlib import Path

import click

from edge import config as configuration
from edge import worker
from edge.clock import SystemClock
from edge.commands.config_option import config_option
from edge.device.events import Events
from edge.device.reconciler import Ending
from edge.device.systemd import ServiceManager
from edge.errors import WatchpostError

FORMAT = "%(levelname)s %(name)s: %(message)s"


@click.command()
@config_option
@click.option("--verbose", is_flag=True, help="Say more.")
def command(config_path: Path, verbose: bool) -> None:
    """Watch the cameras until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, format=FORMAT, stream=sys.stderr)
    events = Events()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: events.stop())
    threading.excepthook = _end_on_unexpected
    try:
        config = configuration.load(config_path)
        from edge import agent  # after the configuration: it loads OpenCV, FFmpeg and the models' interpreter

        ending = agent.run(config, events, SystemClock())
    except WatchpostError as error:
        raise click.ClickException(str(error)) from None
    if worker.crashed.is_set():
        raise click.ClickException("ended by an unexpected error, see the log above")
    # Where a service manager has been told that we stop, it waits for our end and starts us afresh itself.
    if ending is Ending.RESTART and not ServiceManager().watches:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _end_on_unexpected(what: threading.ExceptHookArgs) -> None:
    """A thread that dies unexpectedly takes the program with it; the service manager starts it afresh."""
    name = what.thread.name if what.thread is not None else "a thread"
    exception = (what.exc_type, what.exc_value or what.exc_type(), what.exc_traceback)
    logging.getLogger(__name__).critical("%s died unexpectedly", name, exc_info=exception)
    worker.crashed.set()
    os.kill(os.getpid(), signal.SIGTERM)
