"""What a person or a CSV row asks for becomes a Card, or one line with every problem."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address, ip_interface
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from provisioning.card.authorities import read_ca
from provisioning.card.network import derived_psk
from provisioning.card.packages import read_package
from provisioning.card.values import Card, Package, Wifi, Wired
from provisioning.errors import CardError

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{8,512}")
SSH_KEY = re.compile(r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]{40,}={0,3}( [^\n\r]*)?")
PSK = re.compile(r"[0-9a-fA-F]{64}")
FIELDS = frozenset(
    {"name", "hub", "ca", "token", "ssh_key", "user", "timezone", "package"}
    | {"wifi_ssid", "wifi_password", "wifi_country", "address", "gateway", "dns"}
)
T = TypeVar("T")


@dataclass(slots=True)
class Asked:
    """The raw words, and what is wrong with them, so that all of it is said at once."""

    words: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        return self.words.get(name, "").strip()

    def take(self, name: str, read: Callable[[str], T], default: T) -> T:
        """The field as `read` reads it, else the default; what `read` complains about is a problem of that field."""
        text = self.text(name)
        try:
            return read(text) if text else default
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return default


def read_card(words: Mapping[str, str], now: datetime) -> Card:
    """`words` by the names in FIELDS, empty or missing for the default; CardError with every problem in one line."""
    asked = Asked(words)
    no_keys: tuple[str, ...] = ()
    for name in ("name", "hub"):
        if not asked.text(name):
            asked.problems.append(f"{name}: it is missing")
    card = Card(
        name=asked.take("name", _name, ""),
        hub_url=asked.take("hub", _hub, ""),
        made_at=now,
        package=asked.take("package", read_package, Package("")),
        hub_ca_pem=asked.take("ca", lambda text: read_ca(Path(text), now), ""),
        token=asked.take("token", _token, ""),
        ssh_keys=asked.take("ssh_key", _ssh_keys, no_keys),
        user=asked.take("user", _user, "pi"),
        timezone=asked.take("timezone", _timezone, "Etc/UTC"),
        wifi=_wifi(asked),
        wired=_wired(asked),
    )
    if asked.problems:
        raise CardError("; ".join(asked.problems))
    return card


def _name(text: str) -> str:
    if NAME.fullmatch(text):
        return text
    close = re.sub(r"[^a-z0-9]+", "-", text.lower())[:63].strip("-")
    raise ValueError(f"{text!r} is not a-z, 0-9 and inner hyphens" + (f"; did you mean {close}?" if close else ""))


def _hub(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.port == 0:
        raise ValueError(f"{text!r} is not https://host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("only https://host[:port], please: no user, query or fragment")
    return text.rstrip("/")


def _token(text: str) -> str:
    if not TOKEN.fullmatch(text):
        raise ValueError("that is not a one-time token; make one with `watchpost-hub device add`")
    return text


def _user(text: str) -> str:
    if not USER.fullmatch(text) or text in ("root", "watchpost"):
        raise ValueError(f"{text!r} cannot be the administrator's name")
    return text


def _timezone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(f"{text!r} is not known; e.g. Europe/Berlin")
    return text


def _ssh_keys(text: str) -> tuple[str, ...]:
    """Public keys, one a line, or files that hold them."""
    lines: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        lines += [line] if " " in line and SSH_KEY.fullmatch(line) else _key_file(Path(line))
    return tuple(dict.fromkeys(lines))


def _key_file(path: Path) -> list[str]:
    try:
        lines = path.expanduser().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"{str(path)[:80]!r} is neither a public key nor a file that holds one") from None
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if any("PRIVATE KEY" in key for key in keys):
        raise ValueError(f"{path} is a private key; the card needs the .pub beside it")
    if not keys or not all(SSH_KEY.fullmatch(key) for key in keys):
        raise ValueError(f"{path} holds no SSH public key")
    return keys


def _wifi(asked: Asked) -> Wifi | None:
    ssid = asked.take("wifi_ssid", _ssid, "")
    if not asked.text("wifi_ssid"):
        if asked.text("wifi_password"):
            asked.problems.append("wifi_password: without wifi_ssid it means nothing")
        return None
    if not asked.text("wifi_country"):
        asked.problems.append("wifi_country: without it the radio stays off; two letters, e.g. DE")
    psk = asked.take("wifi_password", lambda text: _psk(ssid, text), "")
    return Wifi(ssid, psk, asked.take("wifi_country", _country, ""))


def _ssid(text: str) -> str:
    if len(text.encode()) > 32 or not text.isprintable():
        raise ValueError("a network's name has 1 to 32 bytes")
    return text


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", text):
        raise ValueError(f"{text!r} is not two capital letters, e.g. DE")
    return text


def _psk(ssid: str, password: str) -> str:
    if PSK.fullmatch(password):
        return password.lower()
    if not 8 <= len(password) <= 63 or not password.isascii() or not password.isprintable():
        raise ValueError("a WPA passphrase has 8 to 63 ASCII characters")
    return derived_psk(ssid, password)


def _wired(asked: Asked) -> Wired | None:
    gateway, dns = asked.text("gateway"), asked.text("dns")
    if not asked.text("address") and (gateway or dns):
        asked.problems.append("address: gateway and dns need one, e.g. 192.0.2.10/24")
    return asked.take("address", lambda text: _fixed(text, gateway, dns), None)


def _fixed(address: str, gateway: str, dns: str) -> Wired:
    if "/" not in address:
        raise ValueError(f"{address} lacks its prefix length, e.g. {address}/24")
    interface = ip_interface(address)
    if gateway and ip_address(gateway) not in interface.network:
        raise ValueError(f"the gateway {gateway} is not in {interface.network}")
    servers = tuple(str(ip_address(part)) for part in re.split(r"[\s,]+", dns) if part)
    return Wired(str(interface), gateway, servers)
