"""cloud-init's two other files for a card; JSON is YAML, so nothing needs quoting by hand; pure."""

import json
from typing import Any

from provisioning.card.network import netplan
from provisioning.card.values import Card

INSTALL = "for d in /boot/firmware/watchpost /boot/watchpost; do [ -d $d ] && exec sh $d/install.sh now; done"


def user_data(card: Card) -> str:
    """Name, clock zone, one administrator by SSH key, and our install script; never a secret: it stays for ever."""
    administrator = {
        "name": card.user,
        "groups": "adm,sudo,video",
        "shell": "/bin/bash",
        "lock_passwd": True,
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "ssh_authorized_keys": list(card.ssh_keys),
    }
    config: dict[str, Any] = {
        "hostname": card.name,
        "manage_etc_hosts": "localhost",
        "locale": "C.UTF-8",
        "timezone": card.timezone,
        "ssh_pwauth": False,
        "runcmd": [["sh", "-c", INSTALL]],
    }
    if card.ssh_keys:
        config["users"] = [administrator]
    return "#cloud-config\n" + _yaml(config)


def meta_data(instance_id: str, card: Card) -> str:
    """Who this machine is to cloud-init; a new id makes a re-flashed card a new machine."""
    return _yaml({"instance-id": instance_id, "local-hostname": card.name})


def network_config(card: Card) -> str:
    """The network in netplan's words."""
    return _yaml(netplan(card))


def _yaml(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2) + "\n"
