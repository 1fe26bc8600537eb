"""watchpost-hub ingest: what devices send over MQTT goes to the database, what the hub wants goes to the devices."""

import signal
from functools import partial
from pathlib import Path
from threading import Event

import click

from hub import logs
from hub.commands.opened import located
from hub.ingest.commit import Committer
from hub.ingest.identity import NAME, HubIdentity
from hub.ingest.link import BrokerAddress, Link
from hub.ingest.service import Ingest, Resources
from hub.secrets import Sealer
from hub.settings import Settings
from hub.store.db import open_database
from hub.store.listen import Listener

PICTURES = Path("pictures")


@click.command()
def command() -> None:
    """Store what devices send, and tell them what the hub wants, until SIGTERM or SIGINT."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    logs.configure()
    with located(stop) as settings:
        Ingest(_resources(settings)).run(stop)


def _resources(settings: Settings) -> Resources:
    identity, url = HubIdentity(settings.secrets_dir), settings.database_url
    return Resources(
        database=open_database(url, pool=2, program="watchpost ingest"),
        listen=partial(Listener, url),
        connect=lambda: Link(BrokerAddress.of(settings.mqtt_url, NAME, identity.tls())),
        committer=Committer(settings.data_dir / PICTURES),
        sealer=Sealer.open(settings.secrets_dir, settings.secret_key, settings.secret_key_before),
    )
