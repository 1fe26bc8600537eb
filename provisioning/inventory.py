"""Devices of the hub as an Ansible inventory; pure: the API's answer in, Ansible's JSON out."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Device = Mapping[str, Any]
GROUPS: Mapping[str, Callable[[Device], bool]] = {
    "edge": lambda device: device["state"] == "approved",
    "edge_online": lambda device: device["state"] == "approved" and device.get("online") is True,
    "edge_pending": lambda device: device["state"] in ("pending", "preauthorised"),
    "edge_revoked": lambda device: device["state"] == "revoked",
}


def inventory(devices: Iterable[Device], domain: str = "") -> dict[str, Any]:
    """Every device with its variables and the groups it is in; a host is reached by its name, in `domain` if given."""
    known = sorted(devices, key=lambda device: str(device["id"]))
    groups: dict[str, Any] = {
        name: {"hosts": [str(device["id"]) for device in known if belongs(device)]} for name, belongs in GROUPS.items()
    }
    hostvars = {str(device["id"]): host_variables(device, domain) for device in known}
    return {"_meta": {"hostvars": hostvars}, "all": {"children": ["ungrouped", *GROUPS]}, **groups}


def host_variables(device: Device, domain: str = "") -> dict[str, Any]:
    """What Ansible is told about one device."""
    name = str(device["id"])
    return {
        "ansible_host": f"{name}.{domain}" if domain else name,
        "watchpost_device_name": device.get("name", name),
        "watchpost_state": device["state"],
        "watchpost_online": device.get("online") is True,
        "watchpost_installed_version": device.get("version") or "",
    }
