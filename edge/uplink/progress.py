"""Whether what we send gets through, told by what the other end's kernel has not yet confirmed."""

import fcntl
import socket
import struct
import termios

STUCK_S = 30.0
"""A line on which nothing that we send is confirmed for so long is dead."""


class Progress:
    """One connection's outgoing side; times are handed in."""

    def __init__(self, now_s: float) -> None:
        self._moved_s = now_s
        self._unsent: tuple[int, bool] = (0, False)

    def sending(self, sock: socket.socket, more: bool, now_s: float) -> bool:
        """Whether something is still on its way: in the socket, or `more` behind it."""
        unsent = (_unconfirmed(sock), more)
        if unsent != self._unsent:
            self._unsent, self._moved_s = unsent, now_s
        return any(unsent)

    def stuck(self, now_s: float) -> bool:
        """Whether what is on its way has not moved for long."""
        return any(self._unsent) and now_s - self._moved_s > STUCK_S


def _unconfirmed(sock: socket.socket) -> int:
    """The bytes in the socket's queue that the other end has not confirmed."""
    count: int = struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)))[0]
    return count
