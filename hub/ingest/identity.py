"""Who the hub is at its broker: a client certificate of its own authority, made anew when it grows old."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.fleet.ca import CertificateAuthority
from hub.secrets import replaced

RENEW = timedelta(days=30)


class HubIdentity:
    """Certificate and key of one name as one 0600 file, for that is the only way in which ssl takes them."""

    def __init__(self, secrets_dir: Path) -> None:
        self._authority = CertificateAuthority.open(secrets_dir)
        self._directory = secrets_dir
        self._issued_at: dict[str, datetime] = {}

    def tls(self, name: str) -> ssl.SSLContext:
        """A context that shows our certificate and trusts brokers of our authority, and public ones."""
        now, path = datetime.now(UTC), self._directory / f"ingest.{name}.pem"
        if name not in self._issued_at or now - self._issued_at[name] > RENEW:
            issued = self._authority.issue_client_certificate(name, now)
            replaced(path, (issued.certificate_pem + issued.key_pem).encode())
            self._issued_at[name] = now
        context = ssl.create_default_context()
        context.load_verify_locations(cadata=self._authority.ca_pem)
        context.load_cert_chain(path)
        return context
