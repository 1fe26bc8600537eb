"""The drawing stage: pictures and boxes in, H.264 with the boxes burnt in out."""

from dataclasses import dataclass, field

from edge.camera.base import VideoFormat
from edge.stream.annotate import BOX_RGB, draw, yuv_of
from edge.stream.encoder import AccessUnit, Effort, Encoder, Kind, VideoShape, bit_rate_for, fitted
from edge.stream.ratecontrol import RateControl
from edge.stream.sizing import scale_for
from edge.values import Box, Planes

KEY_EVERY_S = 1.0
HALF_FRAME_S = 0.02


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture on its way to the viewers, with the boxes that belong on it, in its own pixels."""

    planes: Planes = field(repr=False)
    boxes: tuple[Box, ...]
    time_s: float
    captured_at: float


class BoxedVideo:
    """Draws and encodes pictures of one size, with a key picture each KEY_EVERY_S. One thread owns it."""

    def __init__(self, source: VideoShape, kind: Kind = Kind.SOFTWARE) -> None:
        self._source = source
        self._kind = kind
        shape = fitted(source)
        self._rate = RateControl(bit_rate_for(shape))
        self._encoder = self._made(shape)
        self._aim = (shape, self._rate.bit_rate)
        self._resized = False
        self._key_s = float("-inf")
        self._bytes = 0
        self._colour = yuv_of(BOX_RGB, source.bt709, source.full_range)

    @classmethod
    def of(cls, video: VideoFormat | None, shot: Shot, kind: Kind = Kind.SOFTWARE) -> "BoxedVideo":
        """For the pictures of a camera of which this is the first."""
        width, height = shot.planes.width, shot.planes.height
        if video is None:
            return cls(VideoShape(width, height, 0.0), kind)
        return cls(VideoShape(width, height, video.fps, video.full_range, video.bt709), kind)

    def aim(self, width: int, share: float) -> int:
        """At most so wide (0: whole), and that share of the bit rate that such a picture may take; returns all of it.

        Holds from the next key picture on, which comes at once where the size changes.
        """
        full = bit_rate_for(fitted(self._source, width))
        shape = fitted(self._source, width, scale_for(share))
        self._aim = (shape, round(share * full))
        self._resized = shape != self.shape
        return full

    @property
    def shape(self) -> VideoShape:
        """What comes out."""
        return self._encoder.shape

    @property
    def encoder(self) -> str:
        """The encoder's name, for people."""
        return self._kind

    def fits(self, shot: Shot) -> bool:
        """Whether the shot has the size that this was made for."""
        return (shot.planes.width, shot.planes.height) == (self._source.width, self._source.height)

    def units(self, shot: Shot) -> list[AccessUnit]:
        """The shot as H.264. PublishError if the encoder fails."""
        key = self._resized or not 0 <= shot.time_s - self._key_s < KEY_EVERY_S - HALF_FRAME_S
        if key:
            self._begin_group(shot.time_s)
        self._encoder.fill(shot.planes)
        draw(self._encoder.canvas, map(self._scaled, shot.boxes), self._colour)
        units = self._encoder.encode(shot.time_s, shot.captured_at, key)
        self._bytes += sum(len(unit.data) for unit in units)
        return units

    def _begin_group(self, time_s: float) -> None:
        """Key pictures come by time, not by count: a camera's rate may be wrong, and changes."""
        self._rate.spent(self._bytes, time_s - self._key_s)
        self._key_s, self._bytes, self._resized = time_s, 0, False
        shape, self._rate.bit_rate = self._aim
        if shape != self.shape or not self._encoder.serves(self._effort):
            self._encoder = self._made(shape)

    def _made(self, shape: VideoShape) -> Encoder:
        return Encoder(shape, self._effort, self._kind)

    @property
    def _effort(self) -> Effort:
        return Effort(self._rate.qp, self._rate.bit_rate)

    def _scaled(self, box: Box) -> Box:
        x, y = self.shape.width / self._source.width, self.shape.height / self._source.height
        return Box(box.x * x, box.y * y, box.w * x, box.h * y)
