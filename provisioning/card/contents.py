"""Everything that is written on a card: values in, files out; pure but for reading what the package brings along."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Literal

from provisioning.card import cloudinit, cmdline
from provisioning.card.network import keyfiles
from provisioning.card.values import Card

FirstBoot = Literal["firstrun", "cloud-init"]
FOLDER = "watchpost"
SECRET = frozenset({f"{FOLDER}/token", f"{FOLDER}/watchpost-wifi.nmconnection", "network-config"})


@dataclass(frozen=True, slots=True)
class Contents:
    """Files by their path on the boot partition: short ones as bytes, wheels as files to copy."""

    texts: Mapping[str, bytes] = field(repr=False)
    copies: Mapping[str, Path]

    def size(self) -> int:
        """How many bytes all of it is."""
        return sum(map(len, self.texts.values())) + sum(path.stat().st_size for path in self.copies.values())


def contents(card: Card, first_boot: FirstBoot, cmdline_txt: str) -> Contents:
    """What makes a stock card this device; `cmdline_txt` is what the card has now."""
    texts = {**_common(card), **(_cloud_init if first_boot == "cloud-init" else _firstrun)(card, cmdline_txt)}
    copies = {f"{FOLDER}/wheels/{wheel.name}": wheel for wheel in card.package.wheels}
    return Contents({path: text.encode() for path, text in texts.items()}, copies)


def _common(card: Card) -> dict[str, str]:
    texts = {f"{FOLDER}/card.env": _environment(card), f"{FOLDER}/edge.toml": _edge_toml(card)}
    for name in ("install.sh", "agent.sh", "setup.sh", "watchpost-setup.service"):
        texts[f"{FOLDER}/{name}"] = (files("provisioning") / "card" / "files" / name).read_text("utf-8")
    unit = files("provisioning") / "service" / "watchpost-edge.service"
    texts[f"{FOLDER}/watchpost-edge.service"] = unit.read_text("utf-8")
    if card.hub_ca_pem:
        texts[f"{FOLDER}/hub-ca.pem"] = card.hub_ca_pem
    if card.token:
        texts[f"{FOLDER}/token"] = card.token + "\n"
    return texts


def _environment(card: Card) -> str:
    """Shell words; no secret is among them."""
    values = {
        "NAME": card.name,
        "HUB": card.hub_url,
        "REQUIREMENT": card.package.requirement,
        "OFFLINE": "1" if card.package.offline else "0",
        "MADE_AT": str(int(card.made_at.timestamp())),
        "USER": card.user,
        "TIMEZONE": card.timezone,
        "COUNTRY": card.wifi.country if card.wifi else "",
    }
    return "".join(f"WATCHPOST_{name}={shlex.quote(value)}\n" for name, value in values.items())


def _edge_toml(card: Card) -> str:
    """The agent's configuration; a JSON string is a TOML string."""
    ca_file = 'ca_file = "/etc/watchpost/hub-ca.pem"\n' if card.hub_ca_pem else ""
    device = f'[device]\nname = {json.dumps(card.name)}\nstate_dir = "/var/lib/watchpost"\n'
    return f"{device}\n[hub]\nurl = {json.dumps(card.hub_url)}\n{ca_file}"


def _firstrun(card: Card, cmdline_txt: str) -> dict[str, str]:
    texts = {f"{FOLDER}/{name}": text for name, text in keyfiles(card).items()}
    if card.ssh_keys:
        texts[f"{FOLDER}/authorized_keys"] = "".join(f"{key}\n" for key in card.ssh_keys)
    texts["firstrun.sh"] = (files("provisioning") / "card" / "files" / "firstrun.sh").read_text("utf-8")
    texts["cmdline.txt"] = cmdline.with_firstrun(cmdline_txt)
    return texts


def _cloud_init(card: Card, cmdline_txt: str) -> dict[str, str]:
    instance = f"watchpost-{card.name}-{sha256(_identity(card)).hexdigest()[:12]}"
    return {
        "user-data": cloudinit.user_data(card),
        "network-config": cloudinit.network_config(card),
        "meta-data": cloudinit.meta_data(instance, card),
        "cmdline.txt": cmdline.with_cloud_init(cmdline_txt, instance),
    }


def _identity(card: Card) -> bytes:
    """What makes it a new machine to cloud-init: another name, hub or moment; not the token: this is no secret."""
    return "\n".join((card.name, card.hub_url, card.made_at.isoformat())).encode()
