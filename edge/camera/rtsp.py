"""Network cameras over RTSP/TCP: quick to open, never stuck, failures told in words."""

import contextlib
import socket
from collections.abc import Iterator

import av
from av.container import InputContainer
from av.error import ExitError, FFmpegError, HTTPForbiddenError, HTTPUnauthorizedError, InvalidDataError

from edge.camera.address import Address
from edge.camera.base import Decoder, Effort, RefusedError, Unit, VideoFormat
from edge.camera.demux import OPEN_OPTIONS, Demuxed, NoSizeError, VideoPacket, stamp_of, unit_of
from edge.camera.reasons import reason_of
from edge.camera.sockets import Line
from edge.camera.timeline import LiveTimeline
from edge.clock import Clock
from edge.errors import CameraError

OPEN_S = 5.0
READ_S = 1.0
STALL_S = 5.0
CONNECT_S = 3.0
NO_ANSWER = f"connected, but no answer within {OPEN_S:.0f} s"
PARSED = ("h264", "hevc")
QUICK = {
    **OPEN_OPTIONS,
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",
    "analyzeduration": "100000",
}
PATIENT = {**QUICK, "analyzeduration": "4000000"}
"""For a camera that tells its picture size only with its next key picture."""


class RtspCamera:
    """One RTSP session; a camera that sends nothing for STALL_S has failed."""

    def __init__(self, address: Address, clock: Clock) -> None:
        self._address = address
        self._clock = clock
        self._timeline = LiveTimeline()
        self._line = Line(address.host, address.port)
        self._demuxed: Demuxed | None = None

    def open(self) -> None:
        reach(self._address.host, self._address.port)
        try:
            self._demuxed = self._connect(QUICK)
        except NoSizeError:
            self._demuxed = self._connect(PATIENT)

    def _connect(self, options: dict[str, str]) -> Demuxed:
        container = self._container(options)
        try:
            return Demuxed(container)
        except CameraError:
            container.close()
            raise

    def _container(self, options: dict[str, str]) -> InputContainer:
        with self._line.opening(OPEN_S) as free:
            if not free:
                raise CameraError(NO_ANSWER)
            began_s = self._clock.monotonic()
            try:
                return av.open(
                    self._address.url,
                    "r",
                    options=options,
                    timeout=(OPEN_S, READ_S),
                    metadata_errors="replace",
                )
            except (HTTPUnauthorizedError, HTTPForbiddenError) as error:
                raise RefusedError(reason_of(error)) from None
            except FFmpegError as error:
                late = self._clock.monotonic() - began_s > 0.9 * OPEN_S
                raise CameraError(NO_ANSWER if late else _reason(error)) from None
            except ValueError as error:
                raise CameraError(reason_of(error)) from None

    @property
    def format(self) -> VideoFormat:
        return self._opened.format()

    @property
    def _opened(self) -> Demuxed:
        assert self._demuxed is not None
        return self._demuxed

    def units(self) -> Iterator[Unit]:
        held_s = self._held_s()
        while True:
            asked_s = self._clock.monotonic()
            packet = self._next()
            arrived_s, wall = self._clock.monotonic(), self._clock.wall()
            time_s = self._timeline.place(stamp_of(packet, arrived_s, arrived_s - asked_s))
            yield unit_of(packet, time_s, wall - (arrived_s - time_s) - held_s)

    def _held_s(self) -> float:
        """How long FFmpeg holds a picture back: its parser knows the end of one by the beginning of the next."""
        video = self.format
        return 1 / video.fps if video.codec in PARSED and video.fps else 0.0

    def _next(self) -> VideoPacket:
        since_s = self._clock.monotonic()
        while True:
            try:
                packet = self._opened.next()
            except ExitError:
                silent_s = self._clock.monotonic() - since_s
                if silent_s >= STALL_S or self._line.is_cut:
                    raise CameraError(f"stalled for {silent_s:.0f} s") from None
                continue
            except FFmpegError as error:
                raise CameraError(reason_of(error)) from None
            if packet is None:
                raise CameraError("the other side closed the connection")
            return packet

    def decoder(self, effort: Effort) -> Decoder:
        return self._opened.decoder(effort)

    def interrupt(self) -> None:
        self._line.cut()

    def close(self) -> None:
        with contextlib.suppress(FFmpegError):
            if self._demuxed is not None:
                self._demuxed.close()


def _reason(error: FFmpegError) -> str:
    return "it does not speak RTSP" if isinstance(error, InvalidDataError) else reason_of(error)


def reach(host: str, port: int, timeout_s: float = CONNECT_S) -> None:
    """Connect and hang up: costs next to nothing, and CameraError tells what keeps a camera away."""
    try:
        socket.create_connection((host, port), timeout=timeout_s).close()
    except (OSError, UnicodeError) as error:
        raise CameraError(reason_of(error)) from None
