"""Reading coded units with PyAV and decoding them: shared by files and network cameras."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from av import Packet
from av.codec.context import CodecContext
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from edge.camera.base import MAX_PIXELS, Effort, Picture, Unit, VideoFormat
from edge.camera.picture import BT709, FULL_RANGE, PLANAR, DecodedPicture, check_size
from edge.camera.timeline import Stamp
from edge.errors import CameraError

if TYPE_CHECKING:
    VideoPacket: TypeAlias = Packet[VideoStream]
else:
    VideoPacket = Packet
OPEN_OPTIONS = {"max_pixels": str(MAX_PIXELS)}
DAMAGED_LIMIT = 200
SKIPPABLE_FPS = 20
"""From this rate on, the pictures between B-frames are close enough for finding faces."""
MICROSECOND = 1_000_000
LEAST_STEP_S = 0.001


class NoSizeError(CameraError):
    """The stream has not told its picture size yet."""


class Demuxed:
    """An open container, read for its first video stream alone."""

    def __init__(self, container: InputContainer) -> None:
        self._container = container
        if not container.streams.video:
            raise CameraError("there is no video in it" + (", only sound" if container.streams.audio else ""))
        self.stream: VideoStream = container.streams.video[0]
        if self.stream.codec_context is None:
            raise CameraError("a video format that this device cannot decode")
        if not self.stream.codec_context.width:
            raise NoSizeError("no picture: the stream tells no size")
        check_size(self.stream.codec_context.width, self.stream.codec_context.height)
        self._packets: Iterator[VideoPacket] = iter(container.demux(self.stream))
        self._damaged = 0
        self._decoders = 0
        self.turn = 0
        """How far players turn its pictures, in degrees counterclockwise; known after the first picture."""

    def next(self) -> VideoPacket | None:
        """The next packet with data, None at the end. After any error it may be called again."""
        while True:
            try:
                packet = next(self._packets, None)
            except InvalidDataError:
                self._resume()
                self._damaged += 1
                if self._damaged > DAMAGED_LIMIT:
                    raise
                continue
            except FFmpegError:
                self._resume()
                raise
            if packet is None or packet.size:
                self._damaged = 0
                return packet

    def _resume(self) -> None:
        self._packets = iter(self._container.demux(self.stream))

    def format(self) -> VideoFormat:
        """What the stream says of itself."""
        context = self.stream.codec_context
        return VideoFormat(
            codec=context.name.removeprefix("lib"),
            width=context.width & ~1,
            height=context.height & ~1,
            fps=self.fps(),
            full_range=context.color_range == FULL_RANGE,
            bt709=context.colorspace == BT709,
            reordered=bool(context.reorder_depth),
            plain=context.pix_fmt in PLANAR,
            header=context.extradata or b"",
        )

    def fps(self) -> float:
        """Pictures per second as far as the stream tells, else 0."""
        rate = self.stream.average_rate or self.stream.guessed_rate
        return float(rate) if rate and 0 < rate <= 240 else 0.0

    def decoder(self, effort: Effort) -> "PacketDecoder":
        """A fresh decoder for the stream's packets."""
        own = self.stream.codec_context
        context = own if self._decoders == 0 else _context_like(own)
        self._decoders += 1
        context.thread_count = 1
        context.options = dict(OPEN_OPTIONS)
        if effort is Effort.LIGHT:
            context.options["skip_loop_filter"] = "all"
            if context.reorder_depth and self.fps() >= SKIPPABLE_FPS:
                context.skip_frame = "NONREF"
        return PacketDecoder(context, self)

    def close(self) -> None:
        self._packets = iter(())
        self._container.close()


def stamp_of(packet: VideoPacket, arrived_s: float, waited_s: float = 0.0) -> Stamp:
    """A packet's own times in seconds, and when it came after what wait."""
    base = packet.time_base or Fraction(1, 90_000)
    ticks, per = base.numerator, base.denominator
    decode_s = None if packet.dts is None else packet.dts * ticks / per
    display_s = None if packet.pts is None else packet.pts * ticks / per
    return Stamp(decode_s, display_s, arrived_s, waited_s)


def unit_of(packet: VideoPacket, time_s: float, captured_at: float) -> Unit:
    """The unit of a packet; from here on its own timestamps are ours, so that pictures carry them."""
    packet.pts = packet.dts = microseconds = round(time_s * MICROSECOND)
    return Unit(microseconds / MICROSECOND, captured_at, packet.is_keyframe, packet.size, packet)


class PacketDecoder:
    """A decoder of PyAV, one thread (more cost CPU and delay)."""

    def __init__(self, context: VideoCodecContext, source: Demuxed) -> None:
        self._context = context
        self._source = source
        self._wall_offset_s = 0.0
        self._time_s = float("-inf")

    def decode(self, unit: Unit) -> list[Picture]:
        assert isinstance(unit.payload, Packet)
        self._wall_offset_s = unit.captured_at - unit.time_s
        try:
            return self._pictures(self._context.decode(unit.payload))
        except FFmpegError:
            return []

    def rest(self) -> list[Picture]:
        try:
            return self._pictures(self._context.decode(None))
        except FFmpegError:
            return []
        finally:
            self._context.flush_buffers()

    def _pictures(self, frames: list[VideoFrame]) -> list[Picture]:
        return [self._picture(frame) for frame in frames]

    def _picture(self, frame: VideoFrame) -> DecodedPicture:
        time_s = self._time_s if frame.pts is None else frame.pts / MICROSECOND
        self._time_s = max(self._time_s + LEAST_STEP_S, time_s)
        turn = self._source.turn = round(frame.rotation) % 360 or self._source.turn
        return DecodedPicture(frame, self._time_s, self._time_s + self._wall_offset_s, turn)


def _context_like(template: VideoCodecContext) -> VideoCodecContext:
    """Another context for the same stream. What the container says besides, as rotation, only the stream's own has."""
    context = CodecContext.create(template.codec, "r")
    assert isinstance(context, VideoCodecContext)
    context.extradata = template.extradata
    context.codec_tag = template.codec_tag
    context.width, context.height = template.width, template.height
    context.bits_per_coded_sample = template.bits_per_coded_sample
    context.reorder_depth = template.reorder_depth
    if template.pix_fmt:
        context.pix_fmt = template.pix_fmt
    return context
