"""What a camera's viewers get: drawn pictures, or the camera's own units where boxes are overlaid and it can be."""

from collections.abc import Callable

from edge.camera.base import Unit, VideoFormat
from edge.camera.gop import Gop
from edge.pipeline.streaming import Streaming
from edge.seeing.forecast import Forecast
from edge.stream.boxed import Shot
from edge.stream.passing import Passable, Passed, squeezed
from edge.wire.messages import BoxStyle

Shown = Callable[[BoxStyle, str], None]


class Viewing:
    """Between one source of pictures and the publishing thread; `shown` hears how boxes are shown, and why.

    The reading thread calls it, but for `show`, which whoever has a picture may call.
    """

    def __init__(self, wanted: BoxStyle, streaming: Streaming, shown: Shown, encoder_note: str = "") -> None:
        self._encoder_note = encoder_note
        self._told: tuple[BoxStyle, str] | None = None
        self._overlay = wanted is BoxStyle.OVERLAY
        self._streaming = streaming
        self._shown = shown
        self._passable = Passable()
        self._video: VideoFormat | None = None
        self._gop = Gop()
        self._served = 0

    @property
    def burning(self) -> bool:
        """Whether every picture is wanted, to be drawn on."""
        return self._streaming.hungry and not self._passes

    @property
    def _passes(self) -> bool:
        return self._overlay and not self._reason

    @property
    def _reason(self) -> str:
        narrow = "the line does not carry the camera's own video" if self._streaming.narrow else ""
        return self._passable.reason or narrow

    def opened(self, video: VideoFormat) -> None:
        """The source was opened: this is what it sends."""
        self._video = video
        self._streaming.source(video)
        self._gop.forget()
        self._served = 0
        self._passable.opened(video)
        self._say()

    def saw(self, unit: Unit, forecast: Forecast) -> None:
        """A unit came; it goes on at once if it is watched as it is."""
        self._passable.saw(unit)
        self._say()
        if self._video is None or not self._passes:
            return
        self._gop.add(unit)
        if self._streaming.hungry:
            self._pass(unit, forecast, self._video)

    def show(self, shot: Shot) -> None:
        """A picture to draw on."""
        if self.burning:
            self._streaming.offer(shot)

    def _pass(self, unit: Unit, forecast: Forecast, video: VideoFormat) -> None:
        session = self._streaming.session
        if session == self._served:
            self._streaming.follow(Passed(unit, video, forecast, unit.time_s))
        elif kept := self._gop.units:
            self._served = session
            self._streaming.begin(squeezed(kept, video))

    def _say(self) -> None:
        style = BoxStyle.OVERLAY if self._passes else BoxStyle.BURNT
        reason = self._reason if self._overlay else ""
        notes = (
            f"boxes are drawn into the picture: {reason}" if reason else "",
            "" if self._passes else self._encoder_note,
        )
        said = (style, "; ".join(filter(None, notes)))
        if said != self._told:
            self._told = said
            self._shown(*said)
