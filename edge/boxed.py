"""The drawing stage: pictures and boxes in, H.264 with the boxes burnt in out."""

from dataclasses import dataclass, field

from edge.annotate import BOX_RGB, draw, yuv_of
from edge.camera.base import VideoFormat
from edge.encoder import AccessUnit, Encoder, VideoShape, fitted
from edge.values import Box, Planes


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture on its way to the viewers, with the boxes that belong on it, in its own pixels."""

    planes: Planes = field(repr=False)
    boxes: tuple[Box, ...]
    time_s: float
    captured_at: float


class BoxedVideo:
    """Draws and encodes pictures of one size. One thread owns it."""

    def __init__(self, source: VideoShape) -> None:
        self._size = (source.width, source.height)
        self._encoder = Encoder(fitted(source))
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

    def fits(self, shot: Shot) -> bool:
        """Whether the shot has the size that this was made for."""
        return (shot.planes.width, shot.planes.height) == self._size

    def units(self, shot: Shot) -> list[AccessUnit]:
        """The shot as H.264. PublishError if the encoder fails."""
        self._encoder.fill(shot.planes)
        draw(self._encoder.canvas, map(self._scaled, shot.boxes), self._colour)
        return self._encoder.encode(shot.time_s)

    def _scaled(self, box: Box) -> Box:
        x, y = self._scale
        return Box(box.x * x, box.y * y, box.w * x, box.h * y)
