"""What the hub's own servers show, from the hub's own authority: a folder of server.pem, server.key and ca.pem."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from hub.fleet.ca import CertificateAuthority
from hub.secrets import replaced

RENEW = timedelta(days=30)
CERTIFICATE, KEY, AUTHORITY = "server.pem", "server.key", "ca.pem"


def issue(
    folder: Path, authority: CertificateAuthority, names: Sequence[str], addresses: Sequence[str], now: datetime
) -> None:
    """All three files anew; OSError or ValueError says why not."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    issued = authority.issue_server_certificate(names, addresses, now)
    replaced(folder / KEY, issued.key_pem.encode())
    replaced(folder / CERTIFICATE, issued.certificate_pem.encode())
    replaced(folder / AUTHORITY, authority.ca_pem.encode())


def is_good(folder: Path, authority: CertificateAuthority, wanted: set[str], now: datetime) -> bool:
    """Present, of this authority, for exactly these names and addresses, and for another month."""
    try:
        certificate = _certificate(folder)
        same_ca = (folder / AUTHORITY).read_text() == authority.ca_pem and (folder / KEY).exists()
        names, addresses = _bearers(certificate)
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    return same_ca and {*names, *addresses} == wanted and certificate.not_valid_after_utc - now > RENEW


def renew(folder: Path, authority: CertificateAuthority, now: datetime) -> bool:
    """Another for the same names if this one ends within a month; whether so. ExtensionNotFound if it has none."""
    certificate = _certificate(folder)
    due = certificate.not_valid_after_utc - now <= RENEW
    if due:
        issue(folder, authority, *_bearers(certificate), now)
    return due


def _certificate(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())


def _bearers(certificate: x509.Certificate) -> tuple[list[str], list[str]]:
    """The names and the addresses that it is for."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return found.get_values_for_type(x509.DNSName), [*map(str, found.get_values_for_type(x509.IPAddress))]
