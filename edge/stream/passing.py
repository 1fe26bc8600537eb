"""The passing stage: the camera's own H.264 goes to the viewers as it is, its boxes beside it; and whether it can."""

from dataclasses import dataclass, field

from edge.camera.annexb import byte_stream
from edge.camera.base import Unit, VideoFormat
from edge.seeing.forecast import Forecast
from edge.stream.encoder import AccessUnit

NAMES = {"hevc": "H.265", "mjpeg": "MJPEG", "av1": "AV1", "vp8": "VP8", "vp9": "VP9", "mpeg4": "MPEG-4"}
KEYS_APART_S = 5.0
"""Whoever joins waits for the next key picture where the media server keeps none."""
FIRST_BPS, LEAST_BPS = 4_000_000, 200_000
PAUSE_S = 1.0
"""A camera that is silent for so long says nothing about its key pictures."""
SQUEEZED_S = 0.001
"""Pictures of the past are sent this far apart, so that a viewer who was waiting sees the present at once."""


@dataclass(frozen=True, slots=True)
class Passed:
    """One unit of a camera on its way to the viewers, with what is known of the faces in it; `time_s` to send it at."""

    unit: Unit = field(repr=False)
    video: VideoFormat
    forecast: Forecast
    time_s: float

    @property
    def captured_at(self) -> float:
        return self.unit.captured_at


def access_unit(passed: Passed) -> AccessUnit:
    """The unit as it is sent; the boxes are where the faces are expected at its time."""
    unit, forecast = passed.unit, passed.forecast
    payload = bytes(memoryview(unit.payload))  # type: ignore[arg-type]  # PyAV's packets show their bytes
    data = byte_stream(payload, passed.video.header, unit.key)
    return AccessUnit(data, unit.key, passed.time_s, unit.captured_at, forecast.at(unit.time_s), forecast.size)


def squeezed(units: tuple[Unit, ...], video: VideoFormat) -> list[Passed]:
    """The pictures since the last key picture, for a beginning: as if they had all come just before the newest."""
    behind = range(len(units) - 1, -1, -1)
    newest_s = units[-1].time_s if units else 0.0
    return [
        Passed(unit, video, Forecast(), newest_s - SQUEEZED_S * late) for unit, late in zip(units, behind, strict=True)
    ]


class PassingRate:
    """What a camera's own video takes, over whole groups of pictures."""

    def __init__(self) -> None:
        self._bps = FIRST_BPS
        self._octets, self._key_s = 0, float("-inf")

    def told(self, unit: Unit) -> int:
        """A unit is sent; bits per second so far."""
        if unit.key:
            seconds = unit.time_s - self._key_s
            if 0 < seconds < 2 * KEYS_APART_S:
                self._bps = max(LEAST_BPS, round(8 * self._octets / seconds))
            self._octets, self._key_s = 0, unit.time_s
        self._octets += unit.size
        return self._bps


class Passable:
    """Watches a camera's units for what browsers cannot play; `reason` is for people, empty while it can pass."""

    def __init__(self) -> None:
        self.reason = ""
        self._time_s = self._key_s = float("-inf")

    def opened(self, video: VideoFormat) -> None:
        """The camera was opened afresh."""
        self.reason = _against(video)
        self._time_s = self._key_s = float("-inf")

    def saw(self, unit: Unit) -> None:
        """A unit came, in order of arrival."""
        if self.reason:
            return
        if unit.time_s - self._time_s > PAUSE_S:
            self._key_s = unit.time_s
        if unit.time_s < self._time_s:
            self.reason = "the camera sends B-frames"
        elif unit.time_s - self._key_s > KEYS_APART_S:
            self.reason = f"the camera's key pictures are more than {KEYS_APART_S:.0f} s apart"
        self._time_s = unit.time_s
        if unit.key:
            self._key_s = unit.time_s


def _against(video: VideoFormat) -> str:
    if video.codec != "h264":
        return f"the camera sends {NAMES.get(video.codec, 'raw pictures')}"
    if video.reordered:
        return "the camera sends B-frames"
    return "" if video.plain else "the camera sends more than 8-bit 4:2:0"
