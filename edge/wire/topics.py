"""MQTT topics: the one place where they are spelled, parsed and told apart by direction."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from edge.wire.errors import WireError

PREFIX = "watchpost/v1"
DEVICE_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


class Kind(StrEnum):
    """What a message is: the last level of its topic."""

    VISIT = "visit"
    REPORTED = "reported"
    STATUS = "status"
    HEALTH = "health"
    ANSWER = "answer"
    SELFTEST = "selftest"
    ACK = "ack"
    DESIRED = "desired"
    COMMAND = "command"


FROM_DEVICE = (Kind.VISIT, Kind.REPORTED, Kind.STATUS, Kind.HEALTH, Kind.ANSWER, Kind.SELFTEST)
FROM_HUB = (Kind.ACK, Kind.DESIRED, Kind.COMMAND)
RETAINED = frozenset({Kind.DESIRED, Kind.REPORTED, Kind.STATUS, Kind.SELFTEST})


@dataclass(frozen=True, slots=True)
class Address:
    """Whose message it is and of which kind."""

    device_id: str
    kind: Kind


def topic(device_id: str, kind: Kind) -> str:
    """The topic of one device's messages of one kind, e.g. `watchpost/v1/front-door/visit`."""
    if not DEVICE_ID.fullmatch(device_id):
        raise WireError("device_id", f"{device_id!r} is not 1-64 characters of a-z, 0-9 and inner hyphens")
    return f"{PREFIX}/{device_id}/{kind}"


def pattern(kind: Kind) -> str:
    """The subscription that sees one kind of message from every device."""
    return f"{PREFIX}/+/{kind}"


@lru_cache(maxsize=4096)
def parse(text: str) -> Address:
    """The address that a topic spells; WireError names what does not fit."""
    head, _, rest = text.partition(f"{PREFIX}/")
    device_id, _, kind = rest.partition("/")
    if head or not DEVICE_ID.fullmatch(device_id):
        raise WireError("topic", f"{text[:120]!r} is not {PREFIX}/<device>/<kind>")
    try:
        return Address(device_id, Kind(kind))
    except ValueError:
        raise WireError("topic", f"unknown kind {kind[:40]!r}") from None
