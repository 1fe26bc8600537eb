"""watchpost-hub ingest: what devices send over MQTT goes to the database, what the hub wants goes to the devices."""

from functools import partial

import click

from hub import logs
from hub.commands.opened import located
from hub.commands.stopping import stop_event
from hub.ingest.commit import Committer
from hub.ingest.identity import HubIdentity
from hub.ingest.link import BrokerAddress, Link
from hub.ingest.membership import Membership
from hub.ingest.memory import settle
from hub.ingest.pulse import Pulse
from hub.ingest.service import Ingest, Resources
from hub.secrets import Sealer
from hub.settings import MB, Settings, group_name
from hub.store.db import open_database
from hub.store.listen import Listener
from hub.store.picture_place import pictures_of


@click.command()
@click.option("--shared", metavar="GROUP", help="Share the load with others of this group (WATCHPOST_INGEST_GROUP).")
def command(shared: str | None) -> None:
    """Store what devices send, and tell them what the hub wants, until SIGTERM or SIGINT."""
    stop = stop_event()
    logs.configure()
    with located(stop) as settings:
        try:
            group = settings.ingest_group if shared is None else group_name(shared)
        except ValueError as error:
            raise click.UsageError(f"--shared: {error}") from None
        ingest = Ingest(_resources(settings, group))
        settle()
        ingest.run(stop)


def _resources(settings: Settings, group: str) -> Resources:
    identity, url, pictures = HubIdentity(settings.secrets_dir), settings.database_url, pictures_of(settings)
    return Resources(
        database=open_database(url, pool=2, program="watchpost ingest"),
        listen=partial(Listener, url),
        connect=lambda name: Link(BrokerAddress.of(settings.mqtt_url, name, identity.tls(name), group)),
        committer=Committer(pictures, settings.disk_reserve_mb * MB),
        sealer=Sealer.open(settings.secrets_dir, settings.secret_key, settings.secret_key_before),
        pulse=Pulse(pictures),
        membership=Membership(group),
    )
