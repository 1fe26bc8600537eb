"""Who may say and hear what at the broker: one set of rules, for mosquitto's file and for the embedded broker alike.

The name is the common name of the client's certificate. A subscription to more is granted, but nothing is delivered.
"""

from collections.abc import Collection

from edge.wire.errors import WireError
from edge.wire.topics import FROM_DEVICE, FROM_HUB, PREFIX, parse

HUB = "hub"
# The processes of a group of ingest; no device can have such a name.
MEMBERS = tuple(f"{HUB}.{number}" for number in range(1, 9))


def may_publish(name: str, topic: str) -> bool:
    """Whether a message of this client on this topic goes on to others."""
    return _may(name, topic, FROM_DEVICE)


def may_receive(name: str, topic: str) -> bool:
    """Whether a message on this topic is for this client to see."""
    return _may(name, topic, FROM_HUB)


def acl_file(revoked: Collection[str] = ()) -> str:
    """The same for mosquitto (mosquitto.conf(5), acl_file); `%u` is the user name, and who is revoked may nothing."""
    lines = [line for name in sorted(revoked) for line in (f"user {name}", "topic deny #", "")]
    for name in (HUB, *MEMBERS):
        lines += [f"user {name}", f"topic readwrite {PREFIX}/#", ""]
    lines += [f"pattern write {PREFIX}/%u/{kind}" for kind in FROM_DEVICE]
    lines += [f"pattern read {PREFIX}/%u/{kind}" for kind in FROM_HUB]
    return "\n".join(lines) + "\n"


def _may(name: str, topic: str, kinds: tuple[str, ...]) -> bool:
    if name in (HUB, *MEMBERS):
        return topic.startswith(f"{PREFIX}/")
    try:
        address = parse(topic)
    except WireError:
        return False
    return address.device_id == name and address.kind in kinds
