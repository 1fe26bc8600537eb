"""Network settings of a card: netplan for cloud-init, NetworkManager keyfiles for firstrun.sh; pure."""

from hashlib import pbkdf2_hmac
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from provisioning.card.values import Card, Wifi, Wired


def derived_psk(ssid: str, passphrase: str) -> str:
    """The key that WPA derives from a passphrase (IEEE 802.11i, H.4): 64 hex digits that open this network only."""
    return pbkdf2_hmac("sha1", passphrase.encode(), ssid.encode(), 4096, 32).hex()


def netplan(card: Card) -> dict[str, Any]:
    """cloud-init's network-config, version 2."""
    config: dict[str, Any] = {"version": 2, "ethernets": {"eth0": _ethernet(card.wired)}}
    if card.wifi:
        point: dict[str, Any] = {"auth": {"key-management": "psk", "password": card.wifi.psk}} if card.wifi.psk else {}
        config["wifis"] = {
            "wlan0": {
                "dhcp4": True,
                "optional": True,
                "regulatory-domain": card.wifi.country,
                "access-points": {card.wifi.ssid: point},
            }
        }
    return config


def _ethernet(wired: Wired | None) -> dict[str, Any]:
    if wired is None:
        return {"dhcp4": True, "optional": True}
    servers = {"nameservers": {"addresses": list(wired.nameservers)}} if wired.nameservers else {}
    routes = {"routes": [{"to": "default", "via": wired.gateway}]} if wired.gateway else {}
    return {"addresses": [wired.address], "optional": True, **routes, **servers}


def keyfiles(card: Card) -> dict[str, str]:
    """NetworkManager's connection files, by file name."""
    files = {}
    if card.wifi:
        files["watchpost-wifi.nmconnection"] = _wifi_keyfile(card.wifi)
    if card.wired:
        files["watchpost-wired.nmconnection"] = _wired_keyfile(card.wired)
    return files


def _wifi_keyfile(wifi: Wifi) -> str:
    security = f"\n[wifi-security]\nkey-mgmt=wpa-psk\npsk={wifi.psk}\n" if wifi.psk else ""
    # The SSID as bytes: a keyfile would read ; and \ in a text in its own way.
    ssid = "".join(f"{byte};" for byte in wifi.ssid.encode())
    head = f"{_connection('watchpost-wifi', 'wifi')}\n[wifi]\nmode=infrastructure\nssid={ssid}\n{security}"
    return f"{head}\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n"


def _wired_keyfile(wired: Wired) -> str:
    address = f"address1={wired.address}" + (f",{wired.gateway}" if wired.gateway else "")
    dns = f"dns={';'.join(wired.nameservers)};\n" if wired.nameservers else ""
    head = f"{_connection('watchpost-wired', 'ethernet')}interface-name=eth0\n"
    return f"{head}\n[ipv4]\nmethod=manual\n{address}\n{dns}\n[ipv6]\nmethod=auto\n"


def _connection(name: str, kind: str) -> str:
    return f"[connection]\nid={name}\nuuid={uuid5(NAMESPACE_URL, name)}\ntype={kind}\n"
