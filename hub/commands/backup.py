"""watchpost-hub backup: everything in one file."""

from pathlib import Path

import click

from hub.backup import backup
from hub.commands.opened import located


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, writable=True))
def command(file: Path) -> None:
    """Write database, pictures and secrets into FILE, while the hub runs. Keep it as safe as the secrets in it."""
    with located() as settings:
        contents = backup(settings, file.absolute())
        click.echo(f"{file}: {contents.alerts} alerts, {file.stat().st_size / 1e6:.1f} MB")
