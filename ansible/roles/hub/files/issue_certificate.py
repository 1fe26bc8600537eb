"""Issues the certificate of this machine's servers from the hub's own CA, unless the present one is still good."""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from hub.fleet.ca import CertificateAuthority
from hub.secrets import replaced

RENEW = timedelta(days=30)


def main() -> None:
    """Says `issued` or `unchanged`; the files are DATA_DIR/tls/server.pem, server.key and ca.pem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--name", action="append", default=[])
    parser.add_argument("--address", action="append", default=[])
    asked = parser.parse_args()
    folder = asked.data_dir / "tls"
    folder.mkdir(mode=0o700, exist_ok=True)
    authority = CertificateAuthority.open(asked.data_dir / "secrets")
    if _good(folder, authority.ca_pem, {*asked.name, *asked.address}):
        sys.stdout.write("unchanged\n")
        return
    issued = authority.issue_server_certificate(asked.name, asked.address)
    replaced(folder / "server.key", issued.key_pem.encode())
    replaced(folder / "server.pem", issued.certificate_pem.encode())
    replaced(folder / "ca.pem", authority.ca_pem.encode())
    sys.stdout.write("issued\n")


def _good(folder: Path, ca_pem: str, wanted: set[str]) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
        same_ca = (folder / "ca.pem").read_text() == ca_pem
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    names = {*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))}
    return same_ca and names == wanted and certificate.not_valid_after_utc - datetime.now(UTC) > RENEW


if __name__ == "__main__":
    main()
