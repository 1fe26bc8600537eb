"""watchpost-hub ingest: what devices send over MQTT goes to the database, what the hub wants goes to the devices."""

import os
import signal
from functools import partial
from pathlib import Path
from threading import Event

import click

from hub import logs
from hub.errors import HubError
from hub.ingest.commit import Committer
from hub.ingest.identity import NAME, HubIdentity
from hub.ingest.link import BrokerAddress, Link
from hub.ingest.service import Ingest, Resources
from hub.secrets import Sealer
from hub.settings import Settings
from hub.store import migrate
from hub.store.db import open_database
from hub.store.listen import Listener
from hub.store.location import database_at

PICTURES = Path("pictures")


@click.command()
def command() -> None:
    """Store what devices send, and tell them what the hub wants, until SIGTERM or SIGINT."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    logs.configure()
    try:
        settings = Settings.from_env(os.environ)
        with database_at(settings) as url:
            Ingest(_resources(settings, url)).run(stop)
    except HubError as error:
        raise click.ClickException(str(error)) from None


def _resources(settings: Settings, url: str) -> Resources:
    identity = HubIdentity(settings.secrets_dir)
    return Resources(
        check=partial(migrate.require_current, url),
        database=open_database(url, pool=2, program="watchpost ingest"),
        listen=partial(Listener, url),
        connect=lambda: Link(BrokerAddress.of(settings.mqtt_url, NAME, identity.tls())),
        committer=Committer(settings.data_dir / PICTURES),
        sealer=Sealer.open(settings.secrets_dir, settings.secret_key),
    )
