"""watchpost-hub certificate: what this machine's own servers show, from the hub's own authority."""

import re
from datetime import UTC, datetime
from pathlib import Path

import click

from hub.commands.opened import settled
from hub.fleet import server_certificate
from hub.fleet.ca import CertificateAuthority

# The last part is not a number: that would be an address, which nobody finds under a name.
NAME = re.compile(r"(?!.*\.?[0-9]+\Z)[A-Za-z0-9_*.-]{1,64}")


def _checked(_context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not NAME.fullmatch(name):
            raise click.BadParameter(f"{name!r} is not a host name")
    return names


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--name", "names", multiple=True, callback=_checked, help="A name that the servers go by; may be repeated."
)
@click.option("--address", "addresses", multiple=True, help="An address of theirs; may be repeated.")
def command(folder: Path, names: tuple[str, ...], addresses: tuple[str, ...]) -> None:
    """Issue FOLDER/server.pem and server.key, with ca.pem, unless those there are good for another month."""
    if not names and not addresses:
        raise click.UsageError("who is it for? --name or --address")
    now = datetime.now(UTC)
    with settled() as settings:
        authority = CertificateAuthority.open(settings.secrets_dir)
        good = server_certificate.is_good(folder, authority, {*names, *addresses}, now)
        try:
            if not good:
                server_certificate.issue(folder, authority, names, addresses, now)
        except OSError as error:
            raise click.ClickException(f"{error.filename or folder}: {error.strerror}") from None
        except ValueError as error:
            raise click.ClickException(str(error)) from None
    click.echo("unchanged" if good else "issued")
