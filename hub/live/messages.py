"""What the live feed says, as WebSocket frames: each encoded once, however many read it."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from hub.api.alert_item import item
from hub.store.alerts import AlertRow

Audience = Literal["both", "unlimited", "limited"]


@dataclass(frozen=True, slots=True)
class Message:
    """One frame, and the cameras that one must be allowed to see for it: any of them will do; None: it is for all.

    `ordinal` is an alert's place in the order of commits; what else changes has none. `audience`: those who see every
    camera, those who are limited to some, or both.
    """

    frame: bytes = field(repr=False)
    camera_ids: frozenset[int] | None
    ordinal: int | None = None
    audience: Audience = "both"

    def is_for(self, visible: frozenset[int] | None) -> bool:
        """Whether somebody who sees these cameras, None: all of them, gets it."""
        if self.camera_ids is None:
            return True
        if visible is None:
            return self.audience != "limited"
        return self.audience != "unlimited" and not visible.isdisjoint(self.camera_ids)


def alert_message(row: AlertRow) -> Message:
    """An alert, opened or changed; `cursor` is what to come back with."""
    content = {"type": "alert", "alert": item(row), "cursor": str(row.ordinal)}
    return Message(_frame(content), frozenset({row.camera_id}), row.ordinal)


def camera_message(camera_id: int, shown: str | None) -> Message:
    """A camera as the API shows it (JSON), or that it is no more."""
    body = json.loads(shown) if shown else {"id": camera_id, "deleted": True}
    return Message(_frame({"type": "camera", "camera": body}), frozenset({camera_id}))


def device_messages(whole: str, narrow: str, camera_ids: frozenset[int]) -> list[Message]:
    """A device as the API shows it (JSON): all of it, and without what belongs to single cameras for the limited."""
    return [_device_message(whole, camera_ids, "unlimited"), _device_message(narrow, camera_ids, "limited")]


def states_message(part: Literal["begin", "end"]) -> Message:
    """Around how every camera and device is: what is not told between the two is no more."""
    return Message(_frame({"type": "states", "states": part}), None)


def missed_message() -> bytes:
    """More was missed than is replayed: read the list."""
    return _frame({"type": "missed"})


def _device_message(shown: str, camera_ids: frozenset[int], audience: Audience) -> Message:
    return Message(_frame({"type": "device", "device": json.loads(shown)}), camera_ids, audience=audience)


def _frame(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return Connection(ConnectionType.SERVER).send(TextMessage(data=text))
