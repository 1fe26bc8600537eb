"""A network camera that calls itself anything, in any bytes: a title is whatever its maker or owner has typed."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

from av import Packet
from camera_units import units_of

from edge.stream.publisher import MEDIA_CHANNEL, session_description
from edge.stream.rtp import Packetizer, nal_units, parameter_sets

TRANSPORT = f"RTP/AVP/TCP;unicast;interleaved={MEDIA_CHANNEL}-{MEDIA_CHANNEL + 1}"


class TitledCamera:
    """Serves one viewer the pictures of an H.264 file, then hangs up."""

    def __init__(self, film: Path, title: bytes) -> None:
        _, units = units_of(film)
        pictures = [bytes(unit.payload) for unit in units if isinstance(unit.payload, Packet)]
        sets = parameter_sets(pictures[0])
        assert sets is not None
        self._description = session_description(*sets).encode().replace(b"s=Watchpost", b"s=" + title)
        packetizer = Packetizer(1, 1, 0)
        self._media = [
            packetizer.interleaved(nal_units(picture), index / 25, MEDIA_CHANNEL)
            for index, picture in enumerate(pictures)
        ]
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/1"

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                viewer, _ = self._listener.accept()
                with viewer:
                    self._talk(viewer)

    def _talk(self, viewer: socket.socket) -> None:
        while request := viewer.recv(65536).decode():
            method = request.split()[0]
            sequence = request.partition("CSeq: ")[2].split()[0]
            body = self._description if method == "DESCRIBE" else b""
            head = f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\nSession: 1\r\nTransport: {TRANSPORT}\r\n"
            kind = "Content-Type: application/sdp\r\n" if body else ""
            viewer.sendall(f"{head}{kind}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            if method == "PLAY":
                viewer.sendall(b"".join(self._media))
                return
