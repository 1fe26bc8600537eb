"""Recordings as cameras: as fast as they go, or paced in real time and looped so that a file stands in for a camera."""

import threading
from collections.abc import Iterator

import av
from av.container import InputContainer
from av.error import FFmpegError

from edge.camera.address import Address
from edge.camera.base import Decoder, Effort, Unit, VideoFormat
from edge.camera.demux import OPEN_OPTIONS, Demuxed, VideoPacket, stamp_of, unit_of
from edge.camera.reasons import reason_of
from edge.camera.timeline import MediaTimeline
from edge.clock import Clock
from edge.errors import CameraError

FORMATS = (
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,h264,hevc,m4v,mjpeg,av1,obu,ivf,flv,ogg,asf,nut,yuv4mpegpipe,image2,"
    "png_pipe,jpeg_pipe,gif,bmp_pipe,webp_pipe,tiff_pipe,mp3,wav,aac,flac"
)
"""Recordings and pictures only: FFmpeg would also paint a text file as a terminal shows it, for anybody to read."""
FILE_OPTIONS = {**OPEN_OPTIONS, "format_whitelist": FORMATS, "protocol_whitelist": "file"}
DEFAULT_FPS = 25.0
BEHIND_S = 0.5


class FileCamera:
    """A recording. `live`: units come when they are due, and after the last one the file begins again."""

    def __init__(self, address: Address, clock: Clock, live: bool) -> None:
        self._address = address
        self._clock = clock
        self._live = live
        self._stop = threading.Event()
        self._demuxed: Demuxed | None = None
        self._timeline = MediaTimeline(1 / DEFAULT_FPS)
        self._begun_s = self._begun_at = 0.0

    def open(self) -> None:
        self._demuxed = _open(self._address)
        self._timeline = MediaTimeline(1 / (self._demuxed.fps() or DEFAULT_FPS))
        self._begun_s, self._begun_at = self._clock.monotonic(), self._clock.wall()

    @property
    def _opened(self) -> Demuxed:
        assert self._demuxed is not None
        return self._demuxed

    @property
    def format(self) -> VideoFormat:
        return self._opened.format()

    def units(self) -> Iterator[Unit]:
        while True:
            count = 0
            for unit in self._once():
                count += 1
                yield unit
            if not self._live:
                return
            if not count:
                raise CameraError("not a video, or damaged: there is no picture in it")
            self._rewind()

    def _once(self) -> Iterator[Unit]:
        while (packet := self._next()) is not None:
            media_s = self._timeline.place(stamp_of(packet, 0.0))
            if self._live:
                self._wait_for(media_s)
            yield unit_of(packet, self._begun_s + media_s, self._begun_at + media_s)

    def _next(self) -> VideoPacket | None:
        if self._stop.is_set():
            raise CameraError("stopped")
        try:
            return self._opened.next()
        except FFmpegError as error:
            if self._live:
                raise CameraError(reason_of(error)) from None
            return None

    def _wait_for(self, media_s: float) -> None:
        """Until the unit is due. When the device has fallen behind, the clock is set back rather than hurried."""
        ahead_s = self._begun_s + media_s - self._clock.monotonic()
        if ahead_s > 0:
            self._stop.wait(ahead_s)
        elif ahead_s < -BEHIND_S:
            self._begun_s -= ahead_s
            self._begun_at -= ahead_s

    def _rewind(self) -> None:
        self._opened.close()
        self._demuxed = _open(self._address)
        self._timeline.restart()

    def decoder(self, effort: Effort) -> Decoder:
        return self._opened.decoder(effort)

    def interrupt(self) -> None:
        self._stop.set()

    def close(self) -> None:
        self._stop.set()
        if self._demuxed is not None:
            self._demuxed.close()


def _open(address: Address) -> Demuxed:
    return Demuxed(_container(address))


def _container(address: Address) -> InputContainer:
    try:
        return av.open(address.target, "r", options=FILE_OPTIONS, metadata_errors="replace")
    except (FFmpegError, ValueError) as error:
        raise CameraError(reason_of(error)) from None
