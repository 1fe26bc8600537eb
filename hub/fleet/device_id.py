"""Device ids made from names: what MQTT topics, certificates and people can all carry. Pure."""

import re
import unicodedata
from collections.abc import Collection

LONGEST = 56  # leaves room for a number behind it


def stem(name: str) -> str:
    """`Front Door` becomes `front-door`; a name without Latin letters or digits becomes `device`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].rstrip("-")
    return "device" if slug in ("", "hub") else slug  # `hub` is who the hub is at the broker


def unique(wanted: str, taken: Collection[str]) -> str:
    """The id itself, or the first one with a number that is free: `front-door-2`."""
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"


def numbered(device_id: str, name: str) -> bool:
    """Whether the name was taken when the device came, so that its id has a number behind it."""
    return re.fullmatch(rf"{stem(name)}-\d+", device_id) is not None
