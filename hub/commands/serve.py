"""watchpost-hub serve: the web process."""

import click

from hub import logs
from hub.commands.opened import located
from hub.services import Services
from hub.store.drift import refuse
from hub.web import serve


@click.command()
def command() -> None:
    """Run the web process: the API and the dashboard."""
    logs.configure()
    with located() as settings:
        refuse(settings.database_url)
        Services.open(settings)  # a bad key is told now, in one line, not by a dying worker
        serve(settings)
