"""watchpost-hub jobs: what happens by the clock."""

from functools import partial

import click
from playhouse.pool import PooledPostgresqlDatabase

from hub import logs
from hub.auth.keys import SigningKeys
from hub.commands.opened import located
from hub.commands.stopping import stop_event
from hub.housekeeping import Housekeeping
from hub.jobs import run
from hub.media.client import MediaApi
from hub.media.guard import Guard
from hub.media.knowledge import knowledge
from hub.settings import MB, Settings
from hub.store.db import open_database
from hub.store.listen import Listener
from hub.store.picture_place import limits_of, pictures_of

STOP_S = 1.0


@click.command()
def command() -> None:
    """End leases, prepare months, forget what is too old or too much, until SIGTERM or SIGINT."""
    stop = stop_event()
    logs.configure()
    with located(stop) as settings:
        database = open_database(settings.database_url, pool=4, statement_timeout_s=0, program="watchpost jobs")
        guard = _guard(settings, database).start(stop)
        keeper = Housekeeping(database, pictures_of(settings), limits_of(settings), settings.disk_reserve_mb * MB)
        run(database, keeper.jobs(), stop)
        guard.join(STOP_S)


def _guard(settings: Settings, database: PooledPostgresqlDatabase) -> Guard:
    keys = SigningKeys.open(settings.secrets_dir)
    api = MediaApi(settings.media_api_url, keys)
    return Guard(database, partial(Listener, settings.database_url), api, knowledge(keys))
