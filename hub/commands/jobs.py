"""watchpost-hub jobs: what happens by the clock."""

import signal
from threading import Event

import click

from hub import logs
from hub.commands.opened import located
from hub.jobs import GB, all_jobs, run
from hub.store.db import open_database


@click.command()
def command() -> None:
    """End leases, prepare months, forget what is too old or too much, until SIGTERM or SIGINT."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    logs.configure()
    with located(stop) as settings:
        pictures = settings.data_dir / "pictures"
        pictures.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = open_database(settings.database_url, pool=2, statement_timeout_s=0, program="watchpost jobs")
        run(database, all_jobs(database, pictures, settings.keep_days, settings.keep_pictures_gb * GB), stop)
