"""The broker's door, tried from outside as a device would: who is let in, and who is put out."""

import ssl
import time
from dataclasses import dataclass
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from hub.errors import HubError
from hub.fleet.ca import CertificateAuthority, Issued

PATIENCE_S = 5.0
TURN_S = 0.1


class DoorUnreachable(HubError):
    """There is no broker at this address now."""


@dataclass(frozen=True, slots=True)
class Door:
    """One broker with mTLS, by its `mqtts://` address."""

    url: str
    authority: CertificateAuthority

    def lets_in(self, who: Issued, name: str) -> bool:
        """Whether this certificate opens a session; DoorUnreachable when nobody answers at all."""
        parts = urlsplit(self.url)
        try:
            return _Knock(who, name, self.authority).at(parts.hostname or "127.0.0.1", parts.port or 8883)
        except ssl.SSLError:
            return False
        except OSError as error:
            if isinstance(error, ConnectionResetError | BrokenPipeError):
                return False
            raise DoorUnreachable(f"no broker at {parts.hostname}: {error.strerror or error}") from None

    def put_out(self, device_id: str) -> None:
        """End a device's session: the broker gives a name to whoever comes last, and this once that is us."""
        self.lets_in(self.authority.issue_client_certificate(device_id), device_id)


class _Knock:
    """One attempt; sessions that it opens are clean and end at once."""

    def __init__(self, who: Issued, name: str, authority: CertificateAuthority) -> None:
        context = ssl.create_default_context(cadata=authority.ca_pem)
        with NamedTemporaryFile("w", suffix=".pem") as file:  # mode 0600; ssl takes only files
            file.write(who.certificate_pem + who.key_pem)
            file.flush()
            context.load_cert_chain(file.name)
        self._answer: ReasonCode | None = None
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=True)
        self._client.tls_set_context(context)
        self._client.connect_timeout = PATIENCE_S
        self._client.on_connect = self._on_connect

    def at(self, host: str, port: int) -> bool:
        try:
            self._client.connect(host, port)
            deadline = time.monotonic() + PATIENCE_S
            while self._answer is None and time.monotonic() < deadline and self._client.loop(TURN_S) == 0:
                pass
            self._client.disconnect()
        finally:
            # Client and callback hold each other, and a client closes its sockets only when it goes.
            self._client.on_connect = None
        return self._answer is not None and not self._answer.is_failure

    def _on_connect(self, _c: Client, _u: object, _f: ConnectFlags, code: ReasonCode, _p: Properties | None) -> None:
        self._answer = code
