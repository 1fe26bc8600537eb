"""watchpost-hub certificate: what this machine's own servers show, from the hub's own authority."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from cryptography import x509

from hub.commands.opened import settled
from hub.fleet.ca import CertificateAuthority
from hub.secrets import replaced

RENEW = timedelta(days=30)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", "names", multiple=True, help="A name that the servers go by; may be repeated.")
@click.option("--address", "addresses", multiple=True, help="An address of theirs; may be repeated.")
def command(folder: Path, names: tuple[str, ...], addresses: tuple[str, ...]) -> None:
    """Issue FOLDER/server.pem and server.key, with ca.pem, unless those there are good for another month."""
    if not names and not addresses:
        raise click.UsageError("who is it for? --name or --address")
    with settled() as settings:
        authority = CertificateAuthority.open(settings.secrets_dir)
        good = _is_good(folder, authority.ca_pem, {*names, *addresses})
        if not good:
            _issue(folder, authority, names, addresses)
    click.echo("unchanged" if good else "issued")


def _issue(folder: Path, authority: CertificateAuthority, names: tuple[str, ...], addresses: tuple[str, ...]) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        issued = authority.issue_server_certificate(names, addresses)
        replaced(folder / "server.key", issued.key_pem.encode())
        replaced(folder / "server.pem", issued.certificate_pem.encode())
        replaced(folder / "ca.pem", authority.ca_pem.encode())
    except OSError as error:
        raise click.ClickException(f"{error.filename or folder}: {error.strerror}") from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _is_good(folder: Path, ca_pem: str, wanted: set[str]) -> bool:
    """Present, of this authority, for exactly these names, and for long enough."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
        same_ca = (folder / "ca.pem").read_text() == ca_pem and (folder / "server.key").exists()
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    names = {*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))}
    return same_ca and names == wanted and certificate.not_valid_after_utc - datetime.now(UTC) > RENEW
