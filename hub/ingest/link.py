"""The hub's line to the broker, in the words of the wire. Nothing is acknowledged before it is stored.

Driven by its owner's thread (select on `fileno`, then `read`); never used again after a LinkError.
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from edge.wire.topics import FROM_DEVICE, RETAINED, Kind, pattern, topic
from hub.ingest.sorting import Incoming
from hub.mqtt.connection import Connection, ConnectionLost, Peer

LinkError = ConnectionLost
QOS = 1
KEPT_BY_BROKER = tuple(kind for kind in FROM_DEVICE if kind in RETAINED)
PASSING = tuple(kind for kind in FROM_DEVICE if kind not in RETAINED)


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and who we are there. `group`: the name of a shared subscription, empty without."""

    peer: Peer
    group: str = field(default="")

    @classmethod
    def of(cls, url: str, client_id: str, tls: ssl.SSLContext, group: str = "") -> "BrokerAddress":
        """The address that an mqtt:// or mqtts:// URL names; `tls` is used for mqtts.

        Alone, the session outlives the connection: what is unacknowledged is delivered again. In a group it must not:
        the broker would keep on queueing a share of everything for a process that is dead.
        """
        parts = urlsplit(url)
        secure = parts.scheme == "mqtts"
        peer = Peer(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or (8883 if secure else 1883),
            client_id=client_id,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=tls if secure else None,
            clean=bool(group),
        )
        return cls(peer, group)


class Link:
    """One connection, open when it is made."""

    def __init__(self, address: BrokerAddress) -> None:
        self._connection = Connection(address.peer)
        share = f"$share/{address.group}/" if address.group else ""
        self._connection.subscribe(f"{share}{pattern(kind)}" for kind in PASSING)

    def lead(self) -> None:
        """Hear also what devices say of their own state. The broker keeps that, and gives what it keeps only to whoever
        subscribes for itself: so one process does, for all of a group."""
        self._connection.subscribe(pattern(kind) for kind in KEPT_BY_BROKER)

    def close(self) -> None:
        """Leave; the broker keeps what comes meanwhile, unless this is one of a group."""
        self._connection.close()

    def fileno(self) -> int:
        """The socket."""
        return self._connection.fileno()

    def has_buffered(self) -> bool:
        """Whether there is more to read that select does not see."""
        return self._connection.has_buffered()

    def wants_write(self) -> bool:
        """Whether something waits for the socket to take it."""
        return self._connection.wants_write()

    def write(self) -> None:
        """Send what waits."""
        self._connection.flush()

    def keep_alive(self) -> None:
        """Ping when it is time; call at least every few seconds."""
        self._connection.keep_alive()

    def read(self, messages: int, size: int) -> list[tuple[int, Incoming]]:
        """What has arrived whole, with the number to acknowledge it by; at most so many messages and bytes."""
        now = datetime.now(UTC)
        arrived = self._connection.read(messages, size)
        return [(message.number, Incoming(message.topic, message.payload, now)) for message in arrived]

    def acknowledge(self, numbers: Sequence[int]) -> None:
        """Tell the broker that these messages are stored."""
        self._connection.acknowledge(numbers)

    def publish(self, device_id: str, kind: Kind, payload: bytes, qos: int = QOS) -> None:
        """Say something to a device, with the next `write`; `desired` is retained, an empty payload takes it back."""
        self._connection.publish(topic(device_id, kind), payload, qos=qos, retain=kind in RETAINED)
