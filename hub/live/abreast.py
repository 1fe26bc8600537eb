"""Sockets that are owed nothing, by what they may see: what a group is told is put together once and sent in one loop.

With a thousand dashboards this loop is what the hub spends its time in, nearly all of it in the kernel: it touches
nothing of a socket but its `send`.
"""

from collections.abc import Callable, Iterable, Sequence

from hub.live.live_socket import LiveSocket
from hub.live.messages import Message

Send = Callable[[bytes], int]
Visible = frozenset[int] | None


class Abreast:
    """Who may see which cameras, None: all of them; owned by the fan-out's thread."""

    def __init__(self) -> None:
        self._groups: dict[Visible, dict[Send, LiveSocket]] = {}
        self._visible: dict[LiveSocket, Visible] = {}

    def put(self, live: LiveSocket) -> None:
        """Into the group of those who may see what its user may see now."""
        self.leave(live)
        visible = self._visible[live] = live.user.camera_ids
        self._groups.setdefault(visible, {})[live.send] = live

    def leave(self, live: LiveSocket) -> None:
        """Out of its group, if it is in one."""
        if live in self._visible:
            visible = self._visible.pop(live)
            del self._groups[visible][live.send]
            if not self._groups[visible]:
                del self._groups[visible]

    def tell(self, messages: Sequence[Message]) -> list[tuple[LiveSocket, bytes]]:
        """Send all that they may see; those that did not take it at once, each with what it still has to get."""
        short: list[tuple[LiveSocket, bytes]] = []
        for visible, group in self._groups.items():
            data = b"".join(message.frame for message in messages if message.is_for(visible))
            if data:
                short += [(group[send], rest) for send, rest in _sent(group, data)]
        return short


def _sent(sends: Iterable[Send], data: bytes) -> list[tuple[Send, bytes]]:
    short, whole = [], len(data)
    for send in sends:
        try:
            sent = send(data)
        except OSError:  # full, or gone: whoever writes the rest will see which
            sent = 0
        if sent < whole:
            short.append((send, data[sent:]))
    return short
