"""What a card shall become: frozen typed values, already checked."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Wifi:
    """One wireless network; `psk` is the derived key (64 hex digits), never the passphrase; empty: an open network."""

    ssid: str
    psk: str = field(repr=False)
    country: str


@dataclass(frozen=True, slots=True)
class Wired:
    """A fixed address on the cable, e.g. 192.0.2.10/24; a card without one asks DHCP."""

    address: str
    gateway: str
    nameservers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """Where the agent comes from: a requirement for a package index, or `wheels` brought on the card.

    `offline`: nothing but those wheels is used. An empty requirement: the agent is in the image already.
    """

    requirement: str
    wheels: tuple[Path, ...] = ()
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One device before its first boot. `token` empty: it asks and waits until somebody approves it."""

    name: str
    hub_url: str
    made_at: datetime
    package: Package
    hub_ca_pem: str = ""
    token: str = field(default="", repr=False)
    ssh_keys: tuple[str, ...] = ()
    user: str = "pi"
    timezone: str = "Etc/UTC"
    wifi: Wifi | None = None
    wired: Wired | None = None
