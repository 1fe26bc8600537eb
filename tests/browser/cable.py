"""A cable between a device and its hub that a test pulls out: TCP connections that pass through this process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

PIECE = 65536


class Cable:
    """Leads from a port of its own, in `url`, to where another URL of loopback leads; both name the same scheme."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._to = (str(parts.hostname), parts.port or 0)
        self._ends: list[socket.socket] = []
        self._out = False
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{parts.scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    @contextmanager
    def pulled(self) -> Iterator[None]:
        """While the block runs, what was connected is not, and nobody gets through."""
        self._pull()
        try:
            yield
        finally:
            self._out = False

    def close(self) -> None:
        """For good."""
        self._pull()
        self._listener.close()

    def _pull(self) -> None:
        with self._lock:
            self._out = True
            for end in self._ends:
                _end(end)
            self._ends.clear()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                with suppress(OSError):
                    self._join(near)

    def _join(self, near: socket.socket) -> None:
        with ExitStack() as stack, self._lock:
            stack.enter_context(near)
            if self._out:
                return
            far = stack.enter_context(socket.create_connection(self._to))
            self._ends += [near, far]
            stack.pop_all()
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=_carry, args=(source, sink), daemon=True).start()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with source, suppress(OSError):
        while data := source.recv(PIECE):
            sink.sendall(data)
    _end(sink)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
