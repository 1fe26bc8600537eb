"""The drawing stage: pictures and boxes in, H.264 with the boxes burnt in out."""

from dataclasses import dataclass, field

from edge.annotate import BOX_RGB, draw, yuv_of
from edge.camera.base import VideoFormat
from edge.encoder import AccessUnit, Encoder, VideoShape, bit_rate_for, fitted
from edge.ratecontrol import RateControl
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

    def __init__(self, source: VideoShape) -> None:
        self._size = (source.width, source.height)
        shape = fitted(source)
        self._rate = RateControl(bit_rate_for(shape))
        self._encoder = Encoder(shape, self._rate.qp)
        self._key_s = float("-inf")
        self._bytes = 0
        self._colour = yuv_of(BOX_RGB, source.bt709, source.full_range)
        self._scale = (self.shape.width / source.width, self.shape.height / source.height)

    @classmethod
    def of(cls, video: VideoFormat | None, shot: Shot) -> "BoxedVideo":
        """For the pictures of a camera of which this is the first."""
        width, height = shot.planes.width, shot.planes.height
        if video is None:
            return cls(VideoShape(width, height, 0.0))
        return cls(VideoShape(width, height, video.fps, video.full_range, video.bt709))

    @property
    def shape(self) -> VideoShape:
        """What comes out."""
        return self._encoder.shape

    @property
    def encoder(self) -> str:
        """The encoder's name, for people."""
        return "libx264"

    def fits(self, shot: Shot) -> bool:
        """Whether the shot has the size that this was made for."""
        return (shot.planes.width, shot.planes.height) == self._size

    def units(self, shot: Shot) -> list[AccessUnit]:
        """The shot as H.264. PublishError if the encoder fails."""
        key = not 0 <= shot.time_s - self._key_s < KEY_EVERY_S - HALF_FRAME_S
        if key:
            self._begin_group(shot.time_s)
        self._encoder.fill(shot.planes)
        draw(self._encoder.canvas, map(self._scaled, shot.boxes), self._colour)
        units = self._encoder.encode(shot.time_s, shot.captured_at, key)
        self._bytes += sum(len(unit.data) for unit in units)
        return units

    def _begin_group(self, time_s: float) -> None:
        """Key pictures come by time, not by count: a camera's rate may be wrong, and changes."""
        qp = self._rate.spent(self._bytes, time_s - self._key_s)
        self._key_s, self._bytes = time_s, 0
        if qp != self._encoder.qp:
            self._encoder = Encoder(self.shape, qp)

    def _scaled(self, box: Box) -> Box:
        x, y = self._scale
        return Box(box.x * x, box.y * y, box.w * x, box.h * y)
