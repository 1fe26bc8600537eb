"""A line to a server of this machine that carries so many octets a second towards it, and may stop doing so."""

import socket
import threading
import time
from contextlib import suppress

CHUNK_S = 0.05


class SlowLine:
    """Takes one connection after the other, each on threads of its own."""

    def __init__(self, port: int, octets_per_s: int) -> None:
        self.cut = False
        self.connections = 0
        self._to, self._octets_per_s = port, octets_per_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port = int(self._listener.getsockname()[1])
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def close(self) -> None:
        """No more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._serving.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self.connections += 1
                far = socket.create_connection(("127.0.0.1", self._to))
                threading.Thread(target=self._there, args=(near, far), daemon=True).start()
                threading.Thread(target=self._back, args=(far, near), daemon=True).start()

    def _there(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError), near, far:
            while data := near.recv(round(self._octets_per_s * CHUNK_S)):
                time.sleep(len(data) / self._octets_per_s)
                while self.cut:
                    time.sleep(CHUNK_S)
                far.sendall(data)

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(4096):
                near.sendall(data)
