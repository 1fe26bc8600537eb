"""Whether a device is there and, if not, whose fault that most likely is: its own, the network's, the hub's. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from hub.store.models import Device

TOGETHER = timedelta(minutes=2)
KEEPS = "It keeps its visits and sends them when it is back."
Cause = Literal["", "agent", "device", "network", "device or network", "hub", "broker"]


@dataclass(frozen=True, slots=True)
class Presence:
    """A state with its beginning, whose fault it is, and a sentence or two for people; empty when all is well."""

    state: Literal["online", "offline", "unknown", "new"]
    cause: Cause
    since: datetime | None
    text: str


def presence(device: Device, hub_trouble: str, lost_together: int) -> Presence:
    """How an approved device is. `hub_trouble`: why the hub hears nobody; `lost_together`: see below."""
    if hub_trouble:
        return _unheard(device, hub_trouble)
    if device.online:
        return Presence("online", "", device.online_since, "")
    if device.online_since is None:
        text = "It has not connected yet: a card needs some minutes for its first start, then its light tells more."
        return Presence("new", "device", device.approved_at, text)
    if device.offline_cause == "left":
        text = f"It said good-bye: it was stopped or is starting again. {KEEPS}"
        return Presence("offline", "agent", device.online_since, text)
    if lost_together:
        text = f"All {lost_together} devices were lost at once: most likely the network between them and the hub."
        return Presence("offline", "network", device.online_since, f"{text} {KEEPS}")
    text = f"It was lost without a good-bye: its power, the machine itself, or its network. {KEEPS}"
    return Presence("offline", "device or network", device.online_since, text)


def lost_together(devices: Iterable[Device]) -> int:
    """How many devices were lost at once, if that is every one of at least two; else 0."""
    approved = [device for device in devices if device.state == "approved" and device.online_since is not None]
    lost = [device.online_since for device in approved if not device.online and device.offline_cause == "lost"]
    if len(lost) < 2 or len(lost) < len(approved):
        return 0
    return len(lost) if max(lost) - min(lost) <= TOGETHER else 0


def _unheard(device: Device, trouble: str) -> Presence:
    if "ingest" in trouble:
        text = "The hub does not listen: its ingest process does not run."
        return Presence("unknown", "hub", device.online_since, f"{text} {KEEPS}")
    text = f"The hub has no connection to its broker ({trouble})."
    return Presence("unknown", "broker", device.online_since, f"{text} {KEEPS}")
