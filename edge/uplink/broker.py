"""Where the broker is and how it lets us in: the URL and certificates as one typed value, and its TLS context."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from edge.errors import ConfigError

PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: whom we trust and, for mTLS, who we are."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Broker:
    """One MQTT broker; `certificates` is None for plain TCP."""

    host: str
    port: int
    certificates: Certificates | None = None
    username: str = ""
    password: str = field(default="", repr=False)

    def tls(self) -> ssl.SSLContext | None:
        """The context to connect with, None for plain TCP; OSError when a file is missing or is no certificate."""
        if self.certificates is None:
            return None
        context = ssl.create_default_context(cafile=self.certificates.ca)
        if self.certificates.certificate is not None:
            context.load_cert_chain(self.certificates.certificate, self.certificates.key)
        return context


def broker_at(url: str, certificates: Certificates) -> Broker:
    """The broker that `mqtt://[user:password@]host[:port]` or `mqtts://...` names; the certificates are for mqtts."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"the broker's URL is wrong: {error}") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise ConfigError("the broker's URL is not mqtt://host or mqtts://host")
    return Broker(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        certificates=certificates if parts.scheme == "mqtts" else None,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
