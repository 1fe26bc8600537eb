"""Who the hub is at its broker: a client certificate of its own authority, made anew when it grows old."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.fleet.ca import CertificateAuthority
from hub.secrets import replaced

NAME = "hub"
RENEW = timedelta(days=30)


class HubIdentity:
    """Certificate and key as one 0600 file, for that is the only way in which ssl takes them."""

    def __init__(self, secrets_dir: Path) -> None:
        self._authority = CertificateAuthority.open(secrets_dir)
        self._path = secrets_dir / "ingest.pem"
        self._issued_at: datetime | None = None

    def tls(self) -> ssl.SSLContext:
        """A context that shows our certificate and trusts brokers of our authority, and public ones."""
        now = datetime.now(UTC)
        if self._issued_at is None or now - self._issued_at > RENEW:
            issued = self._authority.issue_client_certificate(NAME, now)
            replaced(self._path, (issued.certificate_pem + issued.key_pem).encode())
            self._issued_at = now
        context = ssl.create_default_context()
        context.load_verify_locations(cadata=self._authority.ca_pem)
        context.load_cert_chain(self._path)
        return context
