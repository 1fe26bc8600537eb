"""One RTSP publication: access units in, TCP out; a server that stalls is cut off, for FFmpeg would wait for ever."""

import contextlib
import threading
from fractions import Fraction
from urllib.parse import urlsplit

import av
from av import Packet
from av.error import FFmpegError, HTTPForbiddenError, HTTPUnauthorizedError

from edge.clock import Clock
from edge.encoder import CLOCK_HZ, AccessUnit, VideoShape
from edge.errors import PublishError
from edge.reasons import reason_of
from edge.sockets import Line

STALL_S = 3.0
WATCH_EVERY_S = 0.5
PORTS = {"rtsp": 554, "rtsps": 322}
OPTIONS = {"rtsp_transport": "tcp", "pkt_size": "1316"}


class Publication:
    """One connection to the media server, made when the first access unit (a key picture) is sent.

    One thread sends and closes; `cut` may be called from any. Every failure is a PublishError with its reason.
    """

    def __init__(self, url: str, shape: VideoShape, clock: Clock) -> None:
        parts = urlsplit(url)
        self._clock = clock
        self._line = Line(parts.port or PORTS.get(parts.scheme, 554))
        self._connected = False
        self._first_s: float | None = None
        self._busy_since_s: float | None = None
        self._ended = threading.Event()
        self._container = av.open(url, "w", format="rtsp", options=OPTIONS)
        self._stream = self._container.add_mux_stream("h264", width=shape.width, height=shape.height)
        self._stream.time_base = Fraction(1, CLOCK_HZ)
        threading.Thread(target=self._guard, name="publication guard", daemon=True).start()

    def send(self, unit: AccessUnit) -> None:
        """Send one access unit; their `time_s` must grow."""
        packet = self._packet(unit)
        self._busy_since_s = self._clock.monotonic()
        try:
            if self._connected:
                self._container.mux(packet)
            else:
                self._connect(packet)
        except (HTTPUnauthorizedError, HTTPForbiddenError):
            raise PublishError("the media server refused this device's credential") from None
        except FFmpegError as error:
            raise PublishError(self._reason(error)) from None
        finally:
            self._busy_since_s = None

    def _connect(self, packet: Packet) -> None:  # type: ignore[type-arg]
        with self._line.opening(STALL_S) as free:
            if not free:
                raise PublishError("the media server does not answer")
            self._container.mux(packet)
        self._connected = True

    def _packet(self, unit: AccessUnit) -> Packet:  # type: ignore[type-arg]
        if self._first_s is None:
            self._first_s = unit.time_s
        packet = Packet(unit.data)
        packet.stream = self._stream
        packet.time_base = Fraction(1, CLOCK_HZ)
        packet.pts = packet.dts = round((unit.time_s - self._first_s) * CLOCK_HZ)
        packet.is_keyframe = unit.key
        return packet

    def _reason(self, error: FFmpegError) -> str:
        if self._line.is_cut:
            return f"the media server stalled for {STALL_S:.0f} s"
        return f"media server: {reason_of(error)}"

    def _guard(self) -> None:
        while not self._ended.wait(WATCH_EVERY_S):
            since_s = self._busy_since_s
            if since_s is not None and self._clock.monotonic() - since_s > STALL_S:
                self._line.cut()

    def cut(self) -> None:
        """End whatever `send` is blocked on, at once."""
        self._line.cut()

    def close(self) -> None:
        """Say goodbye and close; the guard watches over this too."""
        self._busy_since_s = self._clock.monotonic()
        with contextlib.suppress(FFmpegError):
            if self._connected:
                self._container.close()
        self._ended.set()
