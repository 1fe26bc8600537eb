"""Finding and shutting down the TCP socket that FFmpeg opened inside a blocking call: the only way to end that call.

FFmpeg gives no handle to its socket, and a stalled peer blocks it for good. The socket is found by its peer's port
under /proc/self/fd (Linux); opens to one port go one at a time, so a socket that was not there before is the new one.
"""

import contextlib
import os
import socket
import stat
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

FDS = Path("/proc/self/fd")

_lock = threading.Lock()
_gates: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)


class Line:
    """The TCP connection behind one FFmpeg container: its owner opens under it, anybody may cut it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._before: set[int] | None = None
        self._mine: set[int] = set()
        self._cut = False

    @property
    def is_cut(self) -> bool:
        return self._cut

    @contextlib.contextmanager
    def opening(self, timeout_s: float) -> Iterator[bool]:
        """Hold while FFmpeg connects; yields False if another open to that port keeps us waiting too long."""
        gate = _gate(self._port)
        if not gate.acquire(timeout=timeout_s):
            yield False
            return
        self._before = set(_sockets_to(self._port))
        try:
            yield not self._cut
        finally:
            self._mine = self._new()
            self._before = None
            gate.release()

    def cut(self) -> None:
        """Shut the connection down: the call that is blocked on it fails at once, and so does every later one."""
        self._cut = True
        for inode, fd in _sockets_to(self._port).items():
            if inode in self._mine or (self._before is not None and inode not in self._before):
                _shut(fd, inode)

    def _new(self) -> set[int]:
        return set(_sockets_to(self._port)) - (self._before or set())


def _gate(port: int) -> threading.Lock:
    with _lock:
        return _gates[port]


def _sockets_to(port: int) -> dict[int, int]:
    """inode -> fd of every socket of this process whose peer listens on that port."""
    found: dict[int, int] = {}
    for entry in FDS.iterdir():
        with contextlib.suppress(OSError):
            fd = int(entry.name)
            status = os.fstat(fd)
            if stat.S_ISSOCK(status.st_mode) and _peer_port(fd) == port:
                found[status.st_ino] = fd
    return found


def _peer_port(fd: int) -> int | None:
    with socket.socket(fileno=os.dup(fd)) as copy:
        if copy.family not in (socket.AF_INET, socket.AF_INET6) or copy.type != socket.SOCK_STREAM:
            return None
        return int(copy.getpeername()[1])


def _shut(fd: int, inode: int) -> None:
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as copy:
        if os.fstat(copy.fileno()).st_ino == inode:
            copy.shutdown(socket.SHUT_RDWR)
