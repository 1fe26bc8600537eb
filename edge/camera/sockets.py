"""Finding and shutting down the TCP socket that FFmpeg opened inside a blocking call: the only way to end that call.

FFmpeg gives no handle to its socket, and a stalled peer blocks it for good. The socket is found by its peer
under /proc/self/fd (Linux); opens to one peer go one at a time, so a socket that was not there before is the new one.
"""

import contextlib
import os
import socket
import stat
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

FDS = Path("/proc/self/fd")
Peer = tuple[str, int]

_lock = threading.Lock()
_gates: defaultdict[Peer, threading.Lock] = defaultdict(threading.Lock)


class Line:
    """The TCP connection behind one FFmpeg container: its owner opens under it, anybody may cut it."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._peers: list[Peer] = []
        self._before: set[int] | None = None
        self._mine: set[int] = set()
        self._cut = False

    @property
    def is_cut(self) -> bool:
        return self._cut

    @contextlib.contextmanager
    def opening(self, timeout_s: float) -> Iterator[bool]:
        """Hold while FFmpeg connects; yields False if another open to that peer keeps us waiting too long."""
        self._peers = _peers(self._host, self._port)
        with contextlib.ExitStack() as gates:
            for gate in map(_gate, self._peers):
                if not gate.acquire(timeout=timeout_s):
                    yield False
                    return
                gates.callback(gate.release)
            self._before = set(_sockets_to(self._peers))
            try:
                yield not self._cut
            finally:
                self._mine = self._new()
                self._before = None

    def cut(self) -> None:
        """Shut the connection down: the call that is blocked on it fails at once, and so does every later one."""
        self._cut = True
        for inode, fd in _sockets_to(self._peers).items():
            if inode in self._mine or (self._before is not None and inode not in self._before):
                _shut(fd, inode)

    def _new(self) -> set[int]:
        return set(_sockets_to(self._peers)) - (self._before or set())


def _gate(peer: Peer) -> threading.Lock:
    with _lock:
        return _gates[peer]


def _peers(host: str, port: int) -> list[Peer]:
    """Where a connection to that host may lead, in an order that all keep to; none if the name cannot be looked up."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return sorted({_peer(address) for *_, address in found})


def _peer(address: tuple[Any, ...]) -> Peer:
    """Address and port alone: with IPv6 there is more, and the interface may be part of the address."""
    host, port = address[:2]
    return host.partition("%")[0], port


def _sockets_to(peers: Collection[Peer]) -> dict[int, int]:
    """inode -> fd of every socket of this process that is connected to one of these."""
    found: dict[int, int] = {}
    for entry in FDS.iterdir():
        with contextlib.suppress(OSError):
            fd = int(entry.name)
            status = os.fstat(fd)
            if stat.S_ISSOCK(status.st_mode) and _peer_of(fd) in peers:
                found[status.st_ino] = fd
    return found


def _peer_of(fd: int) -> Peer | None:
    with socket.socket(fileno=os.dup(fd)) as copy:
        if copy.family not in (socket.AF_INET, socket.AF_INET6) or copy.type != socket.SOCK_STREAM:
            return None
        return _peer(copy.getpeername())


def _shut(fd: int, inode: int) -> None:
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as copy:
        if os.fstat(copy.fileno()).st_ino == inode:
            copy.shutdown(socket.SHUT_RDWR)
