"""One connection to the media server and what feeds it: drawn or passed on, at the pace of the line."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.camera.base import VideoFormat
from edge.clock import Clock
from edge.stream.boxed import BoxedVideo, Shot
from edge.stream.encoder import AccessUnit
from edge.stream.encoders import Choice
from edge.stream.passing import FIRST_BPS, Passed, PassingRate, access_unit
from edge.stream.publisher import Publication
from edge.stream.sizing import Sizing
from edge.stream.uplinkrate import UplinkRate

OFTEN_S = 20.0
"""Two groups of pictures cut short within this time: the line does not carry them."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where and how a camera is published: `url` gives an address with a fresh credential for each connection."""

    url: Callable[[], str]
    encoder: Choice = field(default_factory=Choice)


class Session:
    """One publication, drawn or passed on from a key picture on, at the pace of the line. One thread owns it."""

    def __init__(self, outlet: Outlet, clock: Clock) -> None:
        self._outlet = outlet
        self._clock = clock
        self._format: VideoFormat | None = None
        self._boxed: BoxedVideo | None = None
        self._publication: Publication | None = None
        self._sizing = Sizing()
        self._line = UplinkRate(FIRST_BPS)
        self._own = PassingRate()
        self._skipping = False
        self._skips_s: deque[float] = deque(maxlen=2)
        self._began_s = self._sent_s = clock.monotonic()

    @property
    def encoder(self) -> str:
        """What makes the pictures now; empty where they pass as they are."""
        return "" if self._boxed is None else self._boxed.encoder

    @property
    def crowded(self) -> bool:
        """Whether the line has turned out too narrow for the full rate, or for the camera's own."""
        often = len(self._skips_s) > 1 and self._skips_s[-1] - self._skips_s[0] < OFTEN_S
        return self._line.share < 1 or often

    def ready(self) -> Publication:
        """The publication, made with the first picture."""
        if self._publication is None:
            self._publication = Publication(self._outlet.url(), self._clock)
            self._boxed, self._line = None, UplinkRate(FIRST_BPS)
            self._began_s = self._clock.monotonic()
        return self._publication

    def send(self, item: Shot | Passed, video: VideoFormat | None, width: int) -> bool:
        """Send the picture, no wider than `width`; False if it was left out rather than let it wait."""
        assert self._publication is not None
        now_s, queued = self._clock.monotonic(), self._publication.queued
        self._line.told(now_s, self._publication.sent, queued)
        if self._left_out(item, queued):
            return False
        for unit in self._units(item, video, self._sizing.asked(now_s, width)):
            self._publication.send(unit)
        self._sent_s = self._clock.monotonic()
        return True

    def _left_out(self, item: Shot | Passed, queued: int) -> bool:
        """A drawn picture alone, or a camera's own with all that need it."""
        full = self._line.full(queued)
        if isinstance(item, Shot):
            return full
        before, self._skipping = self._skipping, full or (self._skipping and not item.unit.key)
        if self._skipping and not before:
            self._skips_s.append(self._clock.monotonic())
        return self._skipping

    def _units(self, item: Shot | Passed, video: VideoFormat | None, width: int) -> list[AccessUnit]:
        if isinstance(item, Passed):
            self._boxed = None
            self._line.bit_rate = self._own.told(item.unit)
            return [access_unit(item)]
        if self._boxed is None or not self._boxed.fits(item) or self._format != video:
            self._format = video
            self._boxed = BoxedVideo.of(video, item, self._outlet.encoder.kind)
        self._line.bit_rate = self._boxed.aim(width, self._line.share)
        return self._boxed.units(item)

    def silent_for_s(self) -> float:
        """How long an open publication has had nothing to send."""
        return 0.0 if self._publication is None else self._clock.monotonic() - self._sent_s

    def lived_s(self) -> float:
        return self._clock.monotonic() - self._began_s

    def close(self) -> None:
        publication, self._publication, self._boxed = self._publication, None, None
        if publication is not None:
            publication.close()
