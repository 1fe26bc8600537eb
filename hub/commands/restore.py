"""watchpost-hub restore: a backup becomes this hub."""

from pathlib import Path

import click

from hub.backup import restore
from hub.commands.opened import located


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--replace", is_flag=True, help="Overwrite a hub that is not empty.")
def command(file: Path, replace: bool) -> None:
    """Bring back what `backup` wrote into FILE. Stop the hub first."""
    with located() as settings:
        contents = restore(settings, file.absolute(), replace=replace)
        click.echo(f"{contents.alerts} alerts of {contents.created_at} are back")
