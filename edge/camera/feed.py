"""From a camera's units to pictures with as little decoding as is needed."""

from dataclasses import dataclass
from typing import Protocol

from edge.camera.base import Camera, Decoder, Effort, Picture, Unit, VideoFormat
from edge.camera.gop import Gop
from edge.camera.stillness import Comparison
from edge.camera.waking import Need, Waking
from edge.values import Planes

SLEEPING = ("h264", "hevc")
ALONE = ("mjpeg", "raw", "yuyv422")
"""Each picture of these decodes by itself, so only those that are looked at are decoded."""
COMPARE_EVERY_S = 0.4
BEFORE_WAKING_S = 0.5
"""On waking, pictures of so long before are looked at too: a face may have been there when the first units grew."""
CATCH_UP_S = 0.1
UNIT_S, BYTE_S = 4e-10, 1.5e-7
"""Decoding, roughly: seconds per pixel of each unit, and per byte."""
REPEAT_EVERY_S, REPEAT_FOR_S = 4.0, 60.0
"""In sleep the last picture is shown again now and then, for whoever stood still before the slow scan came round. None
that is older follows it, should somebody come just then."""


class Interest(Protocol):
    """What pictures are wanted for."""

    @property
    def watched(self) -> bool:
        """Whether every picture is wanted, in full quality."""

    @property
    def busy(self) -> bool:
        """Whether somebody is in view, so that no picture may be missed."""

    def due(self, time_s: float) -> bool:
        """Whether a picture of that time would be looked at."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A picture shown again, for nothing has changed since."""

    picture: Picture
    time_s: float
    captured_at: float

    @property
    def size(self) -> tuple[int, int]:
        return self.picture.size

    def planes(self) -> Planes:
        return self.picture.planes()


class Feed:
    """One camera's decoding. FULL while somebody watches, LIGHT otherwise; nothing while the scene sleeps.

    A change of effort replays the kept group of pictures, so that the new decoder has every reference at once.
    """

    def __init__(self, camera: Camera, interest: Interest, face_px: int) -> None:
        self._camera = camera
        self._interest = interest
        self._video: VideoFormat = camera.format
        self._gop = Gop()
        self._effort = Effort.LIGHT
        self._decoder: Decoder = camera.decoder(Effort.LIGHT)
        self._pixels = self._video.width * self._video.height
        self._waking = Waking(self._pixels, face_px) if self._video.codec in SLEEPING else None
        self._between = Comparison()
        self._keys = Comparison()
        self._key_s = float("-inf")
        self._last: Picture | None = None
        self._slept_s = self._shown_s = float("-inf")
        self._held: list[Unit] = []
        self._held_cost_s = 0.0
        self._shedding = False
        self._dropped = 0

    @property
    def asleep(self) -> bool:
        """Whether units are kept undecoded for now."""
        return self._waking is not None and self._waking.asleep

    @property
    def shedding(self) -> bool:
        """Whether units are dropped until decoding has caught up and a key unit comes."""
        return self._shedding

    def take(self, unit: Unit, behind: bool = False) -> list[Picture]:
        """The pictures that are there after this unit, oldest first; on waking they are several.

        `behind`: decoding does not keep up with the camera. Then all but key pictures are dropped, and counted, until
        a key picture comes in time.
        """
        if self._shed(unit, behind):
            return self._peek(unit) if unit.key else []
        if self._video.codec in ALONE and not self._interest.watched and not self._interest.due(unit.time_s):
            return []
        self._switch(unit.key)
        self._gop.add(unit)
        if self._waking is None:
            return self._decoder.decode(unit)
        return self._take_waking(unit, self._waking)

    def take_dropped(self) -> int:
        """Units dropped because decoding was behind, since the last call."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    def rest(self) -> list[Picture]:
        """The last pictures of a recording."""
        return [] if self._held else self._decoder.rest()

    def _shed(self, unit: Unit, behind: bool) -> bool:
        self._shedding = behind or (self._shedding and not unit.key)
        if self._shedding:
            self._dropped += not unit.key
            self._gop.forget()
            self._release()
        return self._shedding

    def _take_waking(self, unit: Unit, waking: Waking) -> list[Picture]:
        if unit.key:
            self._key_s = unit.time_s
        need = waking.need(unit.time_s, unit.key, unit.size, self._interest.busy or self._interest.watched)
        if need is Need.KEEP:
            self._hold(unit)
            return self._repeat(unit)
        pictures = self._peek(unit) if need is Need.PEEK else self._decode(unit)
        self._compare(pictures, waking)
        if pictures:
            self._last, self._shown_s = pictures[-1], unit.time_s
        if need is Need.DECODE:
            self._slept_s = unit.time_s
        return pictures

    def _repeat(self, unit: Unit) -> list[Picture]:
        slept_s = unit.time_s - self._slept_s
        if self._last is None or slept_s > REPEAT_FOR_S or unit.time_s - self._shown_s < REPEAT_EVERY_S:
            return []
        self._shown_s = unit.time_s
        return [Repeated(self._last, unit.time_s, unit.captured_at)]

    def _hold(self, unit: Unit) -> None:
        """Keep the unit for waking. When much is kept it is decoded after all, so that waking stays quick."""
        if unit.key:
            self._release()
        self._held.append(unit)
        self._held_cost_s += UNIT_S * self._pixels + BYTE_S * unit.size
        if self._held_cost_s > CATCH_UP_S:
            self._decode_held(since_s=float("inf"))

    def _peek(self, key: Unit) -> list[Picture]:
        """A key picture alone. A decoder that holds it back for reordering is emptied, and begins with it again."""
        self._release()
        pictures = self._decoder.decode(key)
        if not pictures:
            pictures = self._decoder.rest()
            self._hold(key)
        return pictures

    def _decode(self, unit: Unit) -> list[Picture]:
        if unit.key:
            self._release()
        return self._decode_held(max(unit.time_s - BEFORE_WAKING_S, self._shown_s)) + self._decoder.decode(unit)

    def _decode_held(self, since_s: float) -> list[Picture]:
        """Decode what is kept; the pictures since then, for each takes megabytes."""
        held = self._held
        self._release()
        pictures: list[Picture] = []
        for unit in held:
            pictures += [picture for picture in self._decoder.decode(unit) if picture.time_s >= since_s]
        return pictures

    def _release(self) -> None:
        self._held, self._held_cost_s = [], 0.0

    def _compare(self, pictures: list[Picture], waking: Waking) -> None:
        for picture in pictures:
            if picture.time_s == self._key_s:
                self._compare_key(picture, waking)
            elif picture.time_s - self._between.time_s >= COMPARE_EVERY_S:
                waking.saw(picture.time_s, self._between.moved(picture))

    def _compare_key(self, picture: Picture, waking: Waking) -> None:
        """With the key picture before, if that was of this same stillness: a key picture redraws everything, so against
        any other picture it always seems to have changed."""
        same = waking.still_since(self._keys.time_s)
        moved = self._keys.moved(picture)
        if same:
            waking.saw(picture.time_s, moved)
        self._between.begin(picture)

    def _switch(self, at_key: bool) -> None:
        effort = Effort.FULL if self._interest.watched else Effort.LIGHT
        kept = self._gop.units
        if effort is self._effort or not (kept or at_key):
            return
        self._effort, self._decoder = effort, self._camera.decoder(effort)
        self._release()
        if not at_key:
            for unit in kept:
                self._decoder.decode(unit)
