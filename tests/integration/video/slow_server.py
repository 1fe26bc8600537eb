"""A media server behind a line of so many octets a second, which notes how old each picture is when it arrives."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from edge.stream.sei import UUID

CHUNK_S = 0.02


class SlowServer:
    """Takes one publication after the other; `ages_s` of the pictures that came, in order."""

    def __init__(self, octets_per_s: int) -> None:
        self.octets_per_s = octets_per_s
        self.ages_s: list[float] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.url = f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/cam"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                with peer, suppress(OSError):
                    self._welcome(peer)
                    self._listen(peer)

    def _welcome(self, peer: socket.socket) -> None:
        for _ in ("ANNOUNCE", "SETUP", "RECORD"):
            request = b""
            while b"\r\n\r\n" not in request:
                request += peer.recv(4096)
            head, _, body = request.partition(b"\r\n\r\n")
            size = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")), 0)
            while len(body) < size:
                body += peer.recv(4096)
            peer.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nSession: slow\r\n\r\n")

    def _listen(self, peer: socket.socket) -> None:
        seen = b""
        while data := peer.recv(round(self.octets_per_s * CHUNK_S)):
            time.sleep(len(data) / self.octets_per_s)
            seen = self._note(seen + data)

    def _note(self, data: bytes) -> bytes:
        """Reads the time of capture behind each UUID, which begins with zeros and so has a guard octet inside."""
        *done, rest = data.split(UUID)
        for message in done[1:] if done else []:
            (milliseconds,) = struct.unpack("!Q", message[:16].replace(b"\0\0\3", b"\0\0")[:8])
            self.ages_s.append(time.time() - milliseconds / 1000)
        return UUID + rest if done else data

    def close(self) -> None:
        self._listener.close()


@contextmanager
def slow_server(octets_per_s: int) -> Iterator[SlowServer]:
    """One for as long as the block lasts."""
    server = SlowServer(octets_per_s)
    try:
        yield server
    finally:
        server.close()
